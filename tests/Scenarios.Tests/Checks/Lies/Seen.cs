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

    /// <summary>The last reply from the middle of the migration in whose figures main has left its first meeting with the channels behind.</summary>
    public static QueryReply AfterMeeting(this RunObservation run) => run.Queries.Last(query => query.Status == "active"
        && query.Ram is { } ram && ram.Transferred - ram.MultifdBytes > run.Oracle!.Meetings[0].MainBytes);

    /// <summary>The last reply from the middle of a migration that was active for more than two seconds by then.</summary>
    public static QueryReply InTheThirdSecond(this RunObservation run) => run.Queries.Last(query => query.Status == "active"
        && query.TimeNanoseconds - run.Activation!.Value.TimeNanoseconds > 2_000_000_000);

    /// <summary>The first reply that says how the migration ended.</summary>
    public static QueryReply FirstAfterTheEnd(this RunObservation run) => run.Queries.First(query => query.IsTerminal);

    /// <summary>The last reply.</summary>
    public static QueryReply Last(this RunObservation run) => run.Queries[^1];

    /// <summary>What stands behind the violations of a reply.</summary>
    public static string Where(this QueryReply query) => $"(query-migrate at {query.TimeNanoseconds} ns, status {query.Status}";
}
