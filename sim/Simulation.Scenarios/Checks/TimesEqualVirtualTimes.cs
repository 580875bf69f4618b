using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// start_time is the time of SETUP to ACTIVE by the host's clock; total_time runs from there to the end, or to now, to the millisecond;
/// setup-time from <c>migrate-incoming</c> to there; paused-time is the time without a source in postcopy, and recoveries says how often
/// one came back. After the end they stand still, whatever the wall clock does (stream reference, section 8.2).
/// </summary>
public sealed class TimesEqualVirtualTimes : ICheck
{
    private const long Millisecond = 1_000_000;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        long? start = run.Options.Host.UptimeNanoseconds + run.Activation?.TimeNanoseconds;
        if (run.FinalStatistics.StartTimeNanoseconds != start)
            return $"start_time is {run.FinalStatistics.StartTimeNanoseconds} ns and the migration became active at {start} ns";

        long? total = run.End?.TimeNanoseconds - run.Activation?.TimeNanoseconds;
        if (run.End is not null && run.FinalStatistics.TotalTimeNanoseconds != total)
            return $"total_time is {run.FinalStatistics.TotalTimeNanoseconds} ns and the migration took {total} ns";
        long paused = PausedTime(run, int.MaxValue, run.EndNanoseconds);
        if (run.FinalStatistics.PausedTimeNanoseconds != paused)
            return $"{run.FinalStatistics.PausedTimeNanoseconds} ns were without a source, and {paused} ns by its states";
        foreach (QueryReply query in run.Queries)
        {
            if (JudgeQuery(run, query) is { } violation)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
        }

        return null;
    }

    /// <summary>From each loss of the source to its return.</summary>
    /// <param name="run">The run.</param>
    /// <param name="beforeOrder">Looks at what was observed before this place.</param>
    /// <param name="untilNanoseconds">Virtual time up to which a pause lasts that goes on.</param>
    internal static long PausedTime(RunObservation run, int beforeOrder, long untilNanoseconds)
    {
        long sum = 0;
        long? since = null;
        foreach (StatusChange change in run.Statuses.TakeWhile(change => change.Order < beforeOrder))
        {
            if (change.To == MigrationStatus.PostcopyPaused)
                since ??= change.TimeNanoseconds;
            else if (change.To == MigrationStatus.PostcopyActive && since is { } began)
                (sum, since) = (sum + change.TimeNanoseconds - began, null);
        }

        return sum + (since is { } still ? untilNanoseconds - still : 0);
    }

    private static string? JudgeQuery(RunObservation run, QueryReply query)
    {
        // The status in the reply says whether the look came before or after a change of the same instant.
        bool hasFigures = query.Status == "active" || query.IsInPostcopy || (query.IsTerminal && run.Activation is not null);
        long? began = hasFigures ? run.Activation?.TimeNanoseconds : null;
        long? setup = (began - run.Setup?.TimeNanoseconds) / Millisecond;
        long until = query.IsTerminal ? run.End?.TimeNanoseconds ?? -1 : query.TimeNanoseconds;
        long? total = (until - began) / Millisecond;
        if (query.SetupTime != setup)
            return $"setup-time is {query.SetupTime} ms and not {setup} ms";
        if (query.TotalTime != total)
            return $"total-time is {query.TotalTime} ms and not {total} ms";

        // Both are told from postcopy's begin on.
        bool wentOver = run.Statuses.Exists(change => change.To == MigrationStatus.PostcopyActive && change.Order < query.Order);
        long? paused = wentOver ? PausedTime(run, query.Order, until) / Millisecond : null;
        if (query.PausedTime != paused)
            return $"paused-time is {query.PausedTime} ms and not {paused} ms";
        long? recoveries = wentOver ? run.Statuses.Count(change => change.To == MigrationStatus.PostcopyRecover && change.Order < query.Order) : null;
        return query.Recoveries != recoveries ? $"recoveries is {query.Recoveries} and not {recoveries}" : null;
    }
}
