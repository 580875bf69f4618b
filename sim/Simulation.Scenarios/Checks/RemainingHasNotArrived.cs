using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// total is the RAM that migrates, in every reply; remaining is what of it has not arrived at all: between all of it and all but a page
/// for each record while loading, exactly that in the end, and nothing once completed (stream reference, section 8.5).
/// </summary>
public sealed class RemainingHasNotArrived : ICheck
{
    private const long PageBytes = 4096;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        bool ignoresShared = run.Options.Migration.IgnoreShared;
        long total = run.Options.Blocks.Where(block => !(block.Shared && ignoresShared)).Sum(block => block.Pages * PageBytes);
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is not { } ram)
                continue;
            long least = query.Status == "completed" ? 0 : Math.Max(0, total - (ram.Records * PageBytes));
            long most = query.Status == "completed" ? 0 : total;
            if (ram.Total != total)
                return $"total is {ram.Total} and the blocks that migrate have {total} bytes{Where(query)}";
            if (ram.Remaining < least || ram.Remaining > most)
                return $"remaining is {ram.Remaining} after {ram.Records} records, of {total}{Where(query)}";
        }

        return run.Activation is null || run.Memory is null ? null : JudgeEnd(run, total);
    }

    private static string? JudgeEnd(RunObservation run, long total)
    {
        long received = run.Memory!.Blocks.Sum(block => block.Received.Count());
        long remaining = run.FinalStatus == MigrationStatus.Completed ? 0 : total - (received * PageBytes);
        return run.FinalStatistics.RemainingBytes != remaining
            ? $"{run.FinalStatistics.RemainingBytes} bytes remain in the end and should be {remaining}" : null;
    }

    private static string Where(QueryReply query) => $" (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
}
