using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

/// <summary>Finds in what was seen the place where a lie is to be told.</summary>
internal static class Seen
{
    /// <summary>A reply from before the first channel.</summary>
    public static QueryReply InSetup(this RunObservation run) => run.Queries.First(query => query.Status == "setup");

    /// <summary>A reply from the middle of the migration, with figures.</summary>
    public static QueryReply WhileActive(this RunObservation run)
    {
        List<QueryReply> active = run.Queries.FindAll(query => query.Status == "active" && query.Ram is { Normal: > 0, Duplicate: > 0 });
        Assert.NotEmpty(active);
        return active[active.Count / 2];
    }

    /// <summary>The first reply that says how the migration ended.</summary>
    public static QueryReply FirstAfterTheEnd(this RunObservation run) => run.Queries.First(query => query.IsTerminal);

    /// <summary>The last reply.</summary>
    public static QueryReply Last(this RunObservation run) => run.Queries[^1];

    /// <summary>What stands behind the violations of a reply.</summary>
    public static string Where(this QueryReply query) => $"(query-migrate at {query.TimeNanoseconds} ns, status {query.Status}";
}
