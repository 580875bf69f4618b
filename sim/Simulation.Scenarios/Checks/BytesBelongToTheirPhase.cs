using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Bytes of RAM records are downtime-bytes from the moment that the source says its guest is stopped, and precopy-bytes before; both
/// together are no more than what was consumed on main, and no less than its records take (stream reference, section 8.5).
/// </summary>
public sealed class BytesBelongToTheirPhase : ICheck
{
    private const long HeaderBytes = 8;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Queries.Exists(query => query.Ram is not null);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is { } ram && JudgeReply(run, query, ram) is { } violation)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
        }

        return null;
    }

    private static string? JudgeReply(RunObservation run, QueryReply query, RamFigures ram)
    {
        if (ram.DowntimeBytes != 0 && !(query.TimeNanoseconds >= run.SwitchoverNanoseconds))
            return $"downtime-bytes is {ram.DowntimeBytes} and the source stops its guest at {run.SwitchoverNanoseconds} ns";
        if (query.TimeNanoseconds > run.SwitchoverNanoseconds && ram.PrecopyBytes != run.FinalStatistics.PrecopyBytes)
        {
            return $"precopy-bytes is {ram.PrecopyBytes} and grows to {run.FinalStatistics.PrecopyBytes} after the source has stopped "
                + $"its guest at {run.SwitchoverNanoseconds} ns";
        }

        if (ram.PostcopyBytes != 0 && run.Oracle?.Postcopy is not { HasRun: true })
            return $"postcopy-bytes is {ram.PostcopyBytes} and the guest does not run";
        long records = ram.PrecopyBytes + ram.DowntimeBytes + ram.PostcopyBytes;
        long least = run.Options.Migration.Multifd || run.Options.Migration.MappedRam ? 0
            : (ram.Records * HeaderBytes) + ram.Duplicate + (ram.Normal * run.PageBytes) + ram.XbzrleBytes;
        return records < least || records > ram.Transferred - ram.MultifdBytes
            ? $"RAM records have {records} bytes, at least {least} by their number and at most {ram.Transferred - ram.MultifdBytes} on main"
            : null;
    }
}
