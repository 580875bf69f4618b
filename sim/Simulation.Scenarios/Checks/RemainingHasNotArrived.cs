using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// total is the RAM that migrates, in every reply. remaining is the part of it of which no record has come. For a stream without multifd
/// the bytes consumed give it exactly. For multifd channels they give a least and a most. In the end it is exact again (stream reference,
/// section 8.5).
/// </summary>
public sealed class RemainingHasNotArrived : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.Oracle is not null && (run.End is not null || run.Queries.Exists(query => query.Ram is not null));

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { } oracle)
            return null;
        long[] totals = Totals(run, oracle);
        long? received = run.Memory?.Blocks.Sum(block => block.Received.Count());
        foreach (QueryReply query in run.QueriesAndEnd())
        {
            if (query.Ram is not { } ram)
                continue;
            bool isListRead = ram.Transferred - ram.MultifdBytes >= oracle.BlockListEnd;
            if (isListRead ? ram.Total != totals[^1] : !totals.Contains(ram.Total))
                return $"total is {ram.Total} and the blocks that migrate have {totals[^1]} bytes{Where(query)}";
            var (fewest, most) = query.IsTerminal && received is { } pages ? (pages, pages) : Arrived(run, oracle, query, ram);
            long least = Math.Max(0, ram.Total - (most * (long)run.PageBytes));
            long largest = Math.Max(0, ram.Total - (fewest * (long)run.PageBytes));
            if (ram.Remaining < least || ram.Remaining > largest)
                return $"remaining is {ram.Remaining} after {ram.Records} records, of {ram.Total}, and should be {least} to {largest}{Where(query)}";
        }

        return null;
    }

    // A resizable block takes on the source's length when its entry in the list is read: the total before the list, after each of its
    // entries, and after all of them.
    private static long[] Totals(RunObservation run, OracleVerdict oracle)
    {
        BlockOptions[] blocks = [.. run.Options.Blocks.Where(block =>
            !block.Stays && !(block.Shared && run.Options.Migration.IgnoreShared))];
        List<long> totals = [blocks.Sum(block => block.FirstPagesHere * (long)run.PageBytes)];
        foreach (BlockOptions block in blocks)
            totals.Add(totals[^1] + oracle.Ram[block.Name].UsedLength - (block.FirstPagesHere * (long)run.PageBytes));
        return [.. totals];
    }

    // Pages that have arrived: at least, at most.
    private static (long Least, long Most) Arrived(RunObservation run, OracleVerdict oracle, QueryReply query, RamFigures ram)
    {
        if (run.Options.Migration.MappedRam || oracle.Postcopy is { Phase: > OraclePostcopyPhase.Advised })
            return (0, ram.Records);
        long consumed = ram.Transferred - ram.MultifdBytes;
        if (!run.Options.Migration.Multifd)
            return (oracle.FirstPagesAt(consumed), oracle.FirstPagesAt(consumed));
        ChannelFigures channels = ChannelFigures.At(run, oracle, query, consumed);
        long onMain = oracle.FirstPagesAt(consumed) - oracle.FirstPagesAt(channels.MetMainBytes);
        long since = Pages(channels.Most) - Pages(channels.Least);
        return (channels.LeastUnique + onMain, channels.LeastUnique + Pages(oracle.CountersAt(consumed))
            - Pages(oracle.CountersAt(channels.MetMainBytes)) + since);
    }

    private static long Pages(OracleCounters counters) => counters.Normal + counters.Zero + counters.Xbzrle;

    private static string Where(QueryReply query) => $" (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
}
