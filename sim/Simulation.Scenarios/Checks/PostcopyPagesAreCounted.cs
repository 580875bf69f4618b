using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Pages are counted by phase and path (stream reference, section 8.5). postcopy-pages counts pages received after RUN, urgent-pages those
/// of them that a preempt channel brought, discarded-pages the pages discarded before LISTEN, postcopy-requests the page requests. Replies
/// have these figures from postcopy-active on, and not before.
/// </summary>
public sealed class PostcopyPagesAreCounted : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Oracle is { Postcopy: not null };

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle?.Postcopy is not { } postcopy)
            return null;
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is { } ram && JudgeReply(run, query, ram) is { } violation)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
        }

        // A request that could not be sent counts, and is told of as a warning.
        long told = run.ReturnPath.Count(message => message.Type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId);
        long lost = run.Warnings.Count(warning => warning.StartsWith("return path: RequestPages", StringComparison.Ordinal));
        if (run.FinalStatistics.PostcopyRequests != told + lost)
            return $"postcopy-requests is {run.FinalStatistics.PostcopyRequests}, and {told} were sent and {lost} could not be";
        return run.FinalStatus == MigrationStatus.Completed && postcopy is { RanAt: { } ran } ? JudgeEnd(run, postcopy, ran) : null;
    }

    private static string? JudgeReply(RunObservation run, QueryReply query, RamFigures ram)
    {
        bool wentOver = run.Statuses.Exists(change => change.To == MigrationStatus.PostcopyActive && change.Order < query.Order);
        bool isTold = ram is { PostcopyPages: not null, UrgentPages: not null, DroppedPages: not null, DiscardedPages: not null };
        bool isUntold = ram is { PostcopyPages: null, UrgentPages: null, DroppedPages: null, DiscardedPages: null };
        if (wentOver ? !isTold : !isUntold)
            return $"figures of postcopy are {(wentOver ? "missing" : "there before it has begun")}: {ram}";
        if (!wentOver)
            return null;
        if (ram.DiscardedPages != run.FinalStatistics.DiscardedPages)
            return $"discarded-pages is {ram.DiscardedPages} after LISTEN, and {run.FinalStatistics.DiscardedPages} in the end";
        return ram.UrgentPages > ram.PostcopyPages || ram.DroppedPages > ram.PostcopyPages || ram.PostcopyPages > ram.Records
            ? $"postcopy-pages is {ram.PostcopyPages} of {ram.Records} pages, urgent-pages {ram.UrgentPages} and dropped-pages {ram.DroppedPages} of it" : null;
    }

    private static string? JudgeEnd(RunObservation run, OraclePostcopy postcopy, long ran)
    {
        long urgent = postcopy.Legs.Sum(leg => Pages(leg.PreemptCounters));
        long since = urgent + postcopy.Legs.Sum(leg => Pages(leg.Counters)) - Pages(postcopy.Legs[0].CountersAt(ran));
        if (run.FinalStatistics.UrgentPages != urgent)
            return $"urgent-pages is {run.FinalStatistics.UrgentPages}, and {urgent} came";
        return run.FinalStatistics.PostcopyPages != since ? $"postcopy-pages is {run.FinalStatistics.PostcopyPages}, and {since} came since RUN" : null;
    }

    private static long Pages(OracleCounters counters) => counters.Normal + counters.Zero + counters.Xbzrle;
}
