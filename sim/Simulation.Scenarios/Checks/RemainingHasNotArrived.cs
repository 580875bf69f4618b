using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// total is the RAM that migrates, in every reply; remaining is what of it has not arrived at all: between all of it and all but a page
/// for each record while loading, and exactly that in the end (stream reference, section 8.5).
/// </summary>
public sealed class RemainingHasNotArrived : ICheck
{
    private const long PageBytes = 4096;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { } oracle)
            return null;
        long[] totals = Totals(run, oracle);
        long received = run.Memory?.Blocks.Sum(block => block.Received.Count()) * PageBytes ?? 0;
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is not { } ram)
                continue;
            bool isListRead = ram.Transferred - ram.MultifdBytes >= oracle.BlockListEnd;
            if (isListRead ? ram.Total != totals[^1] : !totals.Contains(ram.Total))
                return $"total is {ram.Total} and the blocks that migrate have {totals[^1]} bytes{Where(query)}";
            bool isWhole = query.Status == "completed" && run.Memory is not null;
            long least = Math.Max(0, ram.Total - (isWhole ? received : ram.Records * PageBytes));
            long most = isWhole ? least : ram.Total;
            if (ram.Remaining < least || ram.Remaining > most)
                return $"remaining is {ram.Remaining} after {ram.Records} records, of {ram.Total}{Where(query)}";
        }

        if (run.Activation is null || run.Memory is null)
            return null;
        if (!totals.Contains(run.FinalStatistics.TotalBytes))
            return $"total is {run.FinalStatistics.TotalBytes} in the end and the blocks that migrate have {totals[^1]} bytes";
        long remaining = Math.Max(0, run.FinalStatistics.TotalBytes - received);
        return run.FinalStatistics.RemainingBytes == remaining
            ? null : $"{run.FinalStatistics.RemainingBytes} bytes remain in the end and should be {remaining}";
    }

    // A resizable block takes on the source's length when its entry in the list is read: the total before the list, after each of its
    // entries, and after all of them.
    private static long[] Totals(RunObservation run, OracleVerdict oracle)
    {
        BlockOptions[] blocks = [.. run.Options.Blocks.Where(block =>
            !block.Stays && !(block.Shared && run.Options.Migration.IgnoreShared))];
        List<long> totals = [blocks.Sum(block => block.FirstPagesHere * PageBytes)];
        foreach (BlockOptions block in blocks)
            totals.Add(totals[^1] + oracle.Ram[block.Name].UsedLength - (block.FirstPagesHere * PageBytes));
        return [.. totals];
    }

    private static string Where(QueryReply query) => $" (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
}
