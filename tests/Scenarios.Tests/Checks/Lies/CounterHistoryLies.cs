using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class CounterHistoryLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Fall("transferred", Samples.Precopy, ram => ram.Transferred, (ram, v) => ram.Transferred = v),
        Fall("normal", Samples.Precopy, ram => ram.Normal, (ram, v) => ram.Normal = v),
        Fall("duplicate", Samples.Precopy, ram => ram.Duplicate, (ram, v) => ram.Duplicate = v),
        Fall("xbzrle-pages", Samples.Xbzrle, ram => ram.XbzrlePages, (ram, v) => ram.XbzrlePages = v),
        Fall("xbzrle-bytes", Samples.Xbzrle, ram => ram.XbzrleBytes, (ram, v) => ram.XbzrleBytes = v),
        Fall("multifd-bytes", Samples.Multifd, ram => ram.MultifdBytes, (ram, v) => ram.MultifdBytes = v),
        Fall("precopy-bytes", Samples.Precopy, ram => ram.PrecopyBytes, (ram, v) => ram.PrecopyBytes = v),
        Fall("downtime-bytes", Samples.Precopy, ram => ram.DowntimeBytes, (ram, v) => ram.DowntimeBytes = v),
        Fall("remaining, negated", Samples.Precopy, ram => -ram.Remaining, (ram, v) => ram.Remaining = -v),
        Doctoring.Of<CountersNeverGoBack>("the figures go away", Samples.Precopy, run =>
        {
            run.Last().Ram = null;
            return $"the figures were gone at {run.Last().TimeNanoseconds} ns";
        }),
    ];

    // The last reply says one less than the one before.
    private static Doctoring Fall(string name, ScenarioOptions scenario, Func<RamFigures, long> get, Action<RamFigures, long> set) =>
        Doctoring.Of<CountersNeverGoBack>($"{name} falls", scenario, run =>
        {
            QueryReply last = run.Last();
            long truth = get(run.Queries[^2].Ram!);
            last.Ram = last.Ram! with { };
            set(last.Ram, truth - 1);
            return $"{name} fell from {truth} to {truth - 1} (query-migrate at {last.TimeNanoseconds} ns)";
        });
}
