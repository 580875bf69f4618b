using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// start_time is the time of SETUP to ACTIVE by the host's clock; total_time runs from there to the end, or to now, to the millisecond; setup-time
/// from <c>migrate-incoming</c> to there. After the end they stand still, whatever the wall clock does (stream reference, section 8.2).
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
        long paused = PausedTime(run);
        if (run.FinalStatistics.PausedTimeNanoseconds != paused)
            return $"{run.FinalStatistics.PausedTimeNanoseconds} ns were without a source, and {paused} ns by its states";
        foreach (QueryReply query in run.Queries)
        {
            if (JudgeQuery(run, query) is { } violation)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
        }

        return null;
    }

    // From each loss of the source to its return.
    private static long PausedTime(RunObservation run)
    {
        long sum = 0;
        long? since = null;
        foreach (StatusChange change in run.Statuses)
        {
            if (change.To == MigrationStatus.PostcopyPaused)
                since ??= change.TimeNanoseconds;
            else if (change.To == MigrationStatus.PostcopyActive && since is { } began)
                (sum, since) = (sum + change.TimeNanoseconds - began, null);
        }

        return sum + (since is { } still ? run.EndNanoseconds - still : 0);
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
        return query.TotalTime != total ? $"total-time is {query.TotalTime} ms and not {total} ms" : null;
    }
}
