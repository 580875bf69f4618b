using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>What was received stays received: from query to query no counter falls and what remains does not grow (stream reference,
/// section 8.5, O7). When the source's block list resizes blocks the total changes, and what remains with it.</summary>
public sealed class CountersNeverGoBack : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Queries.Count > 1;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        RamFigures? last = null;
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is not { } ram)
            {
                if (last is not null)
                    return $"the figures were gone at {query.TimeNanoseconds} ns";
                continue;
            }

            // Pages are thrown away when the guest is about to move here.
            bool mayGrow = run.Oracle?.Postcopy is { PagesDiscarded: > 0 };
            if (last is not null && FirstFall(last, ram, mayGrow) is { } fall)
                return $"{fall} (query-migrate at {query.TimeNanoseconds} ns)";
            last = ram;
        }

        return null;
    }

    private static string? FirstFall(RamFigures before, RamFigures after, bool mayGrow)
    {
        (string Name, long Before, long After)[] counters =
        [
            ("transferred", before.Transferred, after.Transferred),
            ("normal", before.Normal, after.Normal),
            ("duplicate", before.Duplicate, after.Duplicate),
            ("xbzrle-pages", before.XbzrlePages, after.XbzrlePages),
            ("xbzrle-bytes", before.XbzrleBytes, after.XbzrleBytes),
            ("multifd-bytes", before.MultifdBytes, after.MultifdBytes),
            ("precopy-bytes", before.PrecopyBytes, after.PrecopyBytes),
            ("downtime-bytes", before.DowntimeBytes, after.DowntimeBytes),
            ("postcopy-bytes", before.PostcopyBytes, after.PostcopyBytes),
            ("postcopy-requests", before.PostcopyRequests, after.PostcopyRequests),
            ("remaining, negated", -before.Remaining, before.Total == after.Total && !mayGrow ? -after.Remaining : -before.Remaining),
        ];
        foreach ((string name, long old, long now) in counters)
        {
            if (now < old)
                return $"{name} fell from {old} to {now}";
        }

        return null;
    }
}
