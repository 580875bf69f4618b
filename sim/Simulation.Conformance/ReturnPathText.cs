using Qemu.Migration.Wire;

namespace Simulation.Conformance;

/// <summary>Reads what a destination sent back.</summary>
internal static class ReturnPathText
{
    /// <summary>The value of SHUT, the last message.</summary>
    /// <param name="answers">Everything that was sent back.</param>
    /// <returns>Its value, or null where it never came.</returns>
    public static uint? ShutOf(ReadOnlySpan<byte> answers)
    {
        while (ReturnPathMessage.TryRead(answers, out ReturnPathMessage message, out int consumed) == DecodeStatus.Done)
        {
            if (message.Type == ReturnPathMessageType.Shut)
                return message.Value;
            answers = answers[consumed..];
        }

        return null;
    }
}
