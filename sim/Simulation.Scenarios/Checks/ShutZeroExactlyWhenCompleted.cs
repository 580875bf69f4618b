using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// The return path carries what the oracle says, none of it early: SHUT(0) after a migration that completed and never otherwise,
/// SHUT(1) after one that failed, each once and after the status says so (stream reference, section 8.5, O6).
/// </summary>
public sealed class ShutZeroExactlyWhenCompleted : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (ReturnMessage message in run.ReturnPath)
        {
            bool isZero = message is { Type: ReturnPathMessageType.Shut, Value: 0 };
            if (isZero && run.FinalStatus != MigrationStatus.Completed)
                return $"SHUT(0) was sent at {message.TimeNanoseconds} ns and the migration is {run.FinalStatus}";
            if (message.Type == ReturnPathMessageType.Shut && !(run.End?.Order < message.Order))
                return $"SHUT({message.Value}) was sent at {message.TimeNanoseconds} ns, before the status said so";
        }

        // What could not be sent, because the connection was gone, is missing without fault.
        bool isWhole = !run.Warnings.Exists(warning => warning.StartsWith("return path:", StringComparison.Ordinal));
        if (run.Oracle is not { } oracle || !isWhole || !IsDecided(run, oracle))
            return null;
        return Compare(run.ReturnPath.FindAll(message => message.Type is not (ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId)), oracle.ReturnPath);
    }

    // Where one of several channels is at fault, main may have been stopped anywhere.
    private static bool IsDecided(RunObservation run, OracleVerdict oracle) => !oracle.OutcomeDependsOnTiming
        && (run.FinalStatus == MigrationStatus.Completed || !run.Options.Migration.Multifd);

    private static string? Compare(List<ReturnMessage> sent, IReadOnlyList<OracleReturnMessage> expected)
    {
        for (int i = 0; i < Math.Max(sent.Count, expected.Count); i++)
        {
            if (i == sent.Count)
                return $"message {expected[i]} was not sent";
            if (i == expected.Count)
                return $"message {sent[i].Type}({sent[i].Value}) was sent and nobody asked for it";
            if ((ushort)sent[i].Type != expected[i].Type || sent[i].Value != (expected[i].Value ?? 0))
                return $"message {sent[i].Type}({sent[i].Value}) was sent in place of {expected[i]}";
            if (sent[i].MainBytes < expected[i].DueAt && expected[i].Leg == 0)
                return $"message {expected[i]} was sent after {sent[i].MainBytes} bytes";
        }

        return null;
    }
}
