using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class TimeLies
{
    // The source comes a few milliseconds after migrate-incoming, so that setup-time is not 0.
    private static readonly ScenarioOptions Watched =
        Samples.Precopy with { Link = Samples.Precopy.Link with { AcceptDelayNanoseconds = 7_500_000 } };

    public static IEnumerable<Doctoring> All =>
    [
        Start("start_time is a nanosecond late", start => start + 1),
        Start("start_time is a nanosecond early", start => start - 1),
        Start("start_time is absent", _ => null),
        Total("total_time is a nanosecond too long", Watched, total => total + 1),
        Total("total_time is a nanosecond too short", Watched, total => total - 1),
        Total("total_time is absent", Watched, _ => null),
        Total("total_time of a failed migration is a nanosecond too long", Samples.Reset, total => total + 1),
        Query("total-time is a millisecond too long while active", Seen.WhileActive, query => query.TotalTime++, Totals),
        Query("total-time is a millisecond too short while active", Seen.WhileActive, query => query.TotalTime--, Totals),
        Query("total-time is absent while active", Seen.WhileActive, query => query.TotalTime = null, Totals),
        Query("total-time begins before the migration", Seen.InSetup, query => query.TotalTime = 0, Totals),
        Query("total-time is a millisecond too long in the end", Seen.Last, query => query.TotalTime++, Totals),
        Query("total-time goes on after the end", Seen.Last, GoOn, Totals),
        Query("setup-time is a millisecond too long", Seen.WhileActive, query => query.SetupTime++, Setups),
        Query("setup-time is a millisecond too short in the end", Seen.Last, query => query.SetupTime--, Setups),
        Query("setup-time is absent", Seen.WhileActive, query => query.SetupTime = null, Setups),
        Query("setup-time is known before it is over", Seen.InSetup, query => query.SetupTime = 0, Setups),
    ];

    private static Doctoring Start(string lie, Func<long?, long?> change) => Doctoring.Of<TimesEqualVirtualTimes>(lie, Watched, run =>
    {
        long? truth = run.FinalStatistics.StartTimeNanoseconds;
        run.FinalStatistics = run.FinalStatistics with { StartTimeNanoseconds = change(truth) };
        return $"start_time is {change(truth)} ns and the migration became active at {truth} ns";
    });

    private static Doctoring Total(string lie, ScenarioOptions scenario, Func<long?, long?> change) =>
        Doctoring.Of<TimesEqualVirtualTimes>(lie, scenario, run =>
        {
            long? truth = run.FinalStatistics.TotalTimeNanoseconds;
            run.FinalStatistics = run.FinalStatistics with { TotalTimeNanoseconds = change(truth) };
            return $"total_time is {change(truth)} ns and the migration took {truth} ns";
        });

    private static Doctoring Query(
        string lie, Func<RunObservation, QueryReply> find, Action<QueryReply> change, Func<QueryReply, QueryReply, string> expected) =>
        Doctoring.Of<TimesEqualVirtualTimes>(lie, Watched, run =>
        {
            QueryReply query = find(run);
            QueryReply truth = query with { };
            change(query);
            return $"{expected(query, truth)} {query.Where()}";
        });

    private static void GoOn(QueryReply query) => query.TotalTime = query.TimeNanoseconds / 1_000_000;

    private static string Totals(QueryReply lie, QueryReply truth) => $"total-time is {lie.TotalTime} ms and not {truth.TotalTime} ms";

    private static string Setups(QueryReply lie, QueryReply truth) => $"setup-time is {lie.SetupTime} ms and not {truth.SetupTime} ms";
}
