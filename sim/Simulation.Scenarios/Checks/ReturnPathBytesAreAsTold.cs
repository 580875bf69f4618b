using Qemu.Migration.Wire;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>What the destination wrote to its source are exactly the messages that it says it sent (stream reference, section 6.2).</summary>
public sealed class ReturnPathBytesAreAsTold : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.ReturnPath.Count > 0 || run.Main is { Sent.Length: > 0 };

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Recoveries.Count > 0)
            return JudgeRecoveries(run);
        ReadOnlySpan<byte> bytes = run.Main is { } main ? main.Sent : default;
        foreach (ReturnMessage message in run.ReturnPath)
        {
            if (!SentMessage.TryRead(ref bytes, out SentMessage? written))
            {
                return bytes.Length < SentMessage.HeaderBytes
                    ? $"message {message.Type}({message.Value}) was told of and not written"
                    : $"message {message.Type}({message.Value}) was written in part";
            }

            if (!IsSame(written!, message))
                return $"message {message.Type}({message.Value}) was written as {(int)written!.Type}({written.Value})";
        }

        return bytes.IsEmpty || run.WasPaused ? null : $"{bytes.Length} bytes were written that belong to no message";
    }

    // What is written to a connection that is lost, and to that which takes its place, has no order.
    private static string? JudgeRecoveries(RunObservation run)
    {
        List<SentMessage> written = [.. run.MainStreams.SelectMany(stream => SentMessage.ReadAll(stream.Sent))];
        foreach (ReturnMessage message in run.ReturnPath)
        {
            int found = written.FindIndex(candidate => IsSame(candidate, message));
            if (found >= 0)
                written.RemoveAt(found);
            else if (message.Type != ReturnPathMessageType.RecvBitmap)
                return $"message {message.Type}({message.Value}) was told of and not written";
        }

        return written.Count == 0 ? null : $"message {written[0].Type}({written[0].Value}) was written and not told of";
    }

    private static bool IsSame(SentMessage written, ReturnMessage told) =>
        written.Type == told.Type && (written.IsRequest ? written.Length : written.Value) == told.Value;
}
