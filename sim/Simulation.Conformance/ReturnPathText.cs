using System.Globalization;
using System.Text;
using Qemu.Migration.Wire;

namespace Simulation.Conformance;

/// <summary>Reads what a destination sent back.</summary>
internal static class ReturnPathText
{
    /// <summary>The messages as texts.</summary>
    /// <param name="answers">Everything that was sent back, on each connection.</param>
    /// <returns>"0 PONG 1", "1 RECV_BITMAP m0 FF03000000000000" and so on, sorted.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<ReadOnlyMemory<byte>> answers) =>
        [.. answers.SelectMany((bytes, connection) => Read(connection, bytes)).Order(StringComparer.Ordinal)];

    /// <summary>The value of SHUT, the last message.</summary>
    /// <param name="answers">The messages.</param>
    /// <returns>Its value, or null where it never came.</returns>
    public static uint? ShutOf(IReadOnlyList<string> answers) =>
        answers.FirstOrDefault(answer => answer.Contains(" Shut ", StringComparison.Ordinal)) is { } shut
            ? uint.Parse(shut.Split(' ')[^1], CultureInfo.InvariantCulture) : null;

    private static IEnumerable<string> Read(int connection, ReadOnlyMemory<byte> answers)
    {
        int at = 0;
        while (TryReadOne(answers.Span[at..], out string text, out int consumed))
        {
            at += consumed;
            yield return string.Create(CultureInfo.InvariantCulture, $"{connection} {text}");
        }
    }

    private static bool TryReadOne(ReadOnlySpan<byte> answers, out string text, out int consumed)
    {
        text = "";
        if (ReturnPathMessage.TryRead(answers, out ReturnPathMessage message, out consumed) != DecodeStatus.Done)
            return false;
        string block = Encoding.ASCII.GetString(message.Block);
        text = message.Type switch
        {
            ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId => $"{message.Type} {block} {message.Start}+{message.Value}",
            ReturnPathMessageType.RecvBitmap => $"{message.Type} {block}",
            _ => $"{message.Type} {message.Value}",
        };
        if (message.Type != ReturnPathMessageType.RecvBitmap)
            return true;
        if (RecoveryBitmap.TryRead(answers[consumed..], out RecoveryBitmap bitmap, out int bytes) != DecodeStatus.Done)
            return false;
        text += $" {Convert.ToHexString(bitmap.Bits)}";
        consumed += bytes;
        return true;
    }
}
