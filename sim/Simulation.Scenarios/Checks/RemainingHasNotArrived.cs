using Simulation.Scenarios.Observing;

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
        bool ignoresShared = run.Options.Migration.IgnoreShared;
        long total = run.Options.Blocks.Where(block => !(block.Shared && ignoresShared)).Sum(block => block.Pages * PageBytes);
        long? inTheEnd = run.Memory is null ? null : total - (run.Memory.Blocks.Sum(block => block.Received.Count()) * PageBytes);
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is not { } ram)
                continue;
            bool isWhole = query.Status == "completed" && inTheEnd is not null;
            long least = isWhole ? inTheEnd!.Value : Math.Max(0, total - (ram.Records * PageBytes));
            long most = isWhole ? inTheEnd!.Value : total;
            if (ram.Total != total)
                return $"total is {ram.Total} and the blocks that migrate have {total} bytes{Where(query)}";
            if (ram.Remaining < least || ram.Remaining > most)
                return $"remaining is {ram.Remaining} after {ram.Records} records, of {total}{Where(query)}";
        }

        return run.Activation is not null && inTheEnd is { } remaining && run.FinalStatistics.RemainingBytes != remaining
            ? $"{run.FinalStatistics.RemainingBytes} bytes remain in the end and should be {remaining}" : null;
    }

    private static string Where(QueryReply query) => $" (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
}
