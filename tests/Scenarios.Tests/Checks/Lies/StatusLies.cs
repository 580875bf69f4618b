using Qemu.Migration.Destination;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class StatusLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Lie("active was left out", run =>
        {
            run.Statuses.RemoveAll(change => change.To == MigrationStatus.Active);
            return $"at {run.Statuses[^1].TimeNanoseconds} ns the state was left as Active and had been entered as Setup";
        }),
        Lie("setup went to completed", run =>
        {
            run.Statuses.RemoveAll(change => change.To == MigrationStatus.Active);
            run.Statuses[^1] = run.Statuses[^1] with { From = MigrationStatus.Setup };
            return $"at {run.Statuses[^1].TimeNanoseconds} ns the state went from Setup to Completed";
        }),
        Lie("none went to active", run =>
        {
            run.Statuses.RemoveAt(0);
            run.Statuses[0] = run.Statuses[0] with { From = MigrationStatus.None };
            return $"at {run.Statuses[0].TimeNanoseconds} ns the state went from None to Active";
        }),
        Lie("completed went to failed", run => GoOn(run, MigrationStatus.Failed)),
        Lie("completed went to active", run => GoOn(run, MigrationStatus.Active)),
        Lie("completed twice", run => GoOn(run, MigrationStatus.Completed)),
        Lie("the end was not told", run =>
        {
            run.Statuses.RemoveAt(run.Statuses.Count - 1);
            return "the state is Completed in the end and was last entered as Active";
        }),
        Lie("the end is another one", run =>
        {
            run.FinalStatus = MigrationStatus.Failed;
            return "the state is Failed in the end and was last entered as Completed";
        }),
        Lie("the monitor sees it go back to active", run => Say(run, "active", after: "completed")),
        Lie("the monitor sees it go back to none", run => Say(run, null, after: "completed")),
        Lie("the monitor sees it end in two ways", run => Say(run, "failed", after: "completed")),
        Lie("the monitor sees a state of the source", run => Say(run, "device", after: "completed")),
        Lie("the monitor sees the end late", run =>
        {
            QueryReply reply = run.FirstAfterTheEnd();
            reply.Status = "active";
            return $"query-migrate said 'active' at {reply.TimeNanoseconds} ns, when the state was Completed";
        }),
        Lie("the monitor sees the end early", run =>
        {
            int last = run.Queries.FindLastIndex(query => query.Status == "active");
            run.Queries[last].Status = "completed";
            return $"query-migrate said 'completed' at {run.Queries[last].TimeNanoseconds} ns, when the state was Active";
        }),
        Lie("the monitor sees nothing begin", run =>
        {
            run.InSetup().Status = null;
            return "ns, when the state was Setup";
        }),
    ];

    private static Doctoring Lie(string lie, Func<RunObservation, string> tell) =>
        Doctoring.Of<StatusHistoryIsAPath>(lie, Samples.Precopy, tell);

    private static string GoOn(RunObservation run, MigrationStatus status)
    {
        StatusChange end = run.Statuses[^1];
        run.Statuses.Add(new(run.NextOrder(), end.TimeNanoseconds + 1, end.To, status, ShowsFigures: true));
        run.FinalStatus = status;
        return $"at {end.TimeNanoseconds + 1} ns the state went from Completed to {status}";
    }

    private static string Say(RunObservation run, string? status, string after)
    {
        run.Last().Status = status;
        return $"query-migrate said '{status}' at {run.Last().TimeNanoseconds} ns, after '{after}'";
    }
}
