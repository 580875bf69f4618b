using Qemu.Migration.Destination.Statistics;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;

namespace Scenarios.Tests.Checks.Lies;

internal static class SourceCounterLies
{
    private static readonly (string Name, Func<MigrationStatistics, long> Get, Func<MigrationStatistics, long, MigrationStatistics> Set)[]
        Counters =
        [
            ("total", s => s.TotalBytes, (s, v) => s with { TotalBytes = v }),
            ("pages received at least once, and pages that are sent", s => s.UniquePages, (s, v) => s with { UniquePages = v }),
            ("remaining, and what is free", s => s.RemainingBytes, (s, v) => s with { RemainingBytes = v }),
            ("normal", s => s.NormalPages, (s, v) => s with { NormalPages = v }),
            ("duplicate", s => s.ZeroPages, (s, v) => s with { ZeroPages = v }),
            ("xbzrle pages", s => s.XbzrlePages, (s, v) => s with { XbzrlePages = v }),
            ("xbzrle bytes without overflows", s => s.XbzrleBytes, (s, v) => s with { XbzrleBytes = v }),
            ("transferred", s => s.TransferredBytes, (s, v) => s with { TransferredBytes = v }),
            ("multifd-bytes", s => s.MultifdBytes, (s, v) => s with { MultifdBytes = v }),
            ("precopy-bytes and downtime-bytes", s => s.PrecopyBytes + s.DowntimeBytes,
                (s, v) => s with { PrecopyBytes = v - s.DowntimeBytes }),
        ];

    private static readonly (string Mode, ScenarioOptions Scenario)[] Modes =
        [("precopy", Samples.Precopy), ("xbzrle", Samples.Xbzrle), ("multifd", Samples.Multifd)];

    public static IEnumerable<Doctoring> All =>
    [
        .. from counter in Counters
           from mode in Modes
           from off in new long[] { -1, 1 }
           select Doctoring.Of<CountersEqualSource>($"{counter.Name} is {off} off ({mode.Mode})", mode.Scenario, run =>
           {
               long truth = counter.Get(run.FinalStatistics);
               run.FinalStatistics = counter.Set(run.FinalStatistics, truth + off);
               return $"{counter.Name}: {truth + off} at the destination and {truth}";
           }),
        Doctoring.Of<CountersEqualSource>("a record after the switchover is counted before it", Samples.Precopy, run =>
        {
            MigrationStatistics truth = run.FinalStatistics;
            run.FinalStatistics = truth with { PrecopyBytes = truth.PrecopyBytes + 8, DowntimeBytes = truth.DowntimeBytes - 8 };
            return $"downtime-bytes: {truth.DowntimeBytes - 8} at the destination and {truth.DowntimeBytes} at the source";
        }),
        File("transferred without pages written again", (s, by) => s with { TransferredBytes = s.TransferredBytes + by }),
        File("multifd-bytes without pages written again", (s, by) => s with { MultifdBytes = s.MultifdBytes + by }),
        Doctoring.Of<CountersEqualSource>("pages of a file that never came", Samples.MappedRam, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { UniquePages = 79 };
            return "pages received at least once, and pages that are sent: 79 at the destination and 80 at the source";
        }),
    ];

    private static Doctoring File(string name, Func<MigrationStatistics, long, MigrationStatistics> add) =>
        Doctoring.Of<CountersEqualSource>($"{name} is 1 off", Samples.MappedRam, run =>
        {
            run.FinalStatistics = add(run.FinalStatistics, 1);
            return $"{name}: ";
        });
}
