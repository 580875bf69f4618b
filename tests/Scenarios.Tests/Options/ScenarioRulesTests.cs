using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;

namespace Scenarios.Tests.Options;

public sealed class ScenarioRulesTests
{
    private static readonly ScenarioOptions Plain = Samples.Precopy;

    private static readonly (string Problem, ScenarioOptions Scenario)[] Broken =
    [
        ("format 2 is not 1", Plain with { Format = 2 }),
        ("less than no page", Plain with { Blocks = [new("m0", -1)] }),
        ("less than no page", Plain with { Blocks = [new("m0", 1) { PagesHere = -1 }] }),
        ("more than 65536 pages", Plain with { Blocks = [new("m0", 1) { MostPages = 65_537 }] }),
        ("a resizable block is as large as it can be", Plain with { Blocks = [new("m0", 2) { MostPages = 2 }] }),
        ("free pages lie between others", Plain with { Blocks = [new("m0", 2) { FreePages = 1 }] }),
        ("free pages lie between others", Plain with { PoisonByte = null, Blocks = [new("m0", 1) { FreePages = 1 }] }),
        ("less than no free pages or too many", Plain with { PoisonByte = null, Blocks = [new("m0", 2) { FreePages = 1 << 25 }] }),
        ("only a mapped-ram file begins at an offset", Migrate(m => m with { FileOffset = 1 })),
        ("a resizable block is as large as it can be", Plain with { Blocks = [new("m0", 1) { PagesHere = 3, MostPages = 2 }] }),
        ("more than 65536 pages", Plain with { Blocks = [new("m0", 65_000), new("m1", 537)] }),
        ("a block's name has 1 to 255 characters", Plain with { Blocks = [new("", 1)] }),
        ("a block's name has 1 to 255 characters", Plain with { Blocks = [new(new string('a', 256), 1)] }),
        ("two blocks have one name", Plain with { Blocks = [new("m0", 1), new("m1", 1), new("m0", 2)] }),
        ("the device count is not 0 to 64", Plain with { Machine = new() { DeviceCount = 65 } }),
        ("the device count is not 0 to 64", Plain with { Machine = new() { DeviceCount = -1 } }),
        ("a machine's name", Plain with { Machine = new() { Name = "" } }),
        ("a machine's name", Plain with { Machine = new() { Name = "pc-q35-9.2", AckIsUnknown = true } }),
        ("bursts need a period", Plain with { Guest = Plain.Guest with { Pattern = DirtyPattern.Burst, BurstPeriodNanoseconds = 0 } }),
        ("switchover-ack needs return-path", Migrate(m => m with { ReturnPath = false, SwitchoverAck = true })),
        ("xbzrle goes with neither", Migrate(m => m with { Xbzrle = true, XbzrleCachePages = 1, Multifd = true, MultifdChannels = 1 })),
        ("xbzrle goes with neither", Migrate(m => m with { Xbzrle = true, XbzrleCachePages = 1, MappedRam = true })),
        ("mapped-ram needs a file", Migrate(m => m with { MappedRam = true })),
        ("a file has no return path", Migrate(m => m with { Transport = Transport.File })),
        ("multifd needs a listener, or mapped-ram", Migrate(m => m with { Transport = Transport.Descriptor, Multifd = true, MultifdChannels = 1 })),
        ("multifd needs a listener, or mapped-ram",
            Migrate(m => m with { Transport = Transport.File, ReturnPath = false, Multifd = true, MultifdChannels = 1 })),
        ("mapped-ram is not compressed", Samples.MappedRam with
        {
            Migration = Samples.MappedRam.Migration with { MultifdCompression = MultifdCompression.Zlib },
        }),
        ("multifd-channels is not 1 to 255", Migrate(m => m with { Multifd = true })),
        ("multifd-channels is not 1 to 255", Migrate(m => m with { Multifd = true, MultifdChannels = 256 })),
        ("xbzrle-cache-size is not a power of two pages", Migrate(m => m with { Xbzrle = true })),
        ("xbzrle-cache-size is not a power of two pages", Migrate(m => m with { Xbzrle = true, XbzrleCachePages = 12 })),
        ("max-bandwidth and downtime-limit are not negative", Migrate(m => m with { MaxBandwidth = -1 })),
        ("max-bandwidth and downtime-limit are not negative", Migrate(m => m with { DowntimeLimit = -1 })),
        ("there is no strategy 'lucky'", Plain with { Strategy = "lucky" }),
        ("a corruption needs an offset and a mask", Fault(new() { Kind = FaultKind.Corrupt, OffsetBytes = 1 })),
        ("a corruption needs an offset and a mask", Fault(new() { Kind = FaultKind.Corrupt, Mask = 1 })),
        ("a hold needs an offset", Fault(new() { Kind = FaultKind.Hold })),
        ("an idle stranger sends at most 3 bytes", Plain with { Strangers = [new(StrangerKind.Idles, 0, 4)] }),
        ("an idle stranger sends at most 3 bytes", Plain with { Strangers = [new(StrangerKind.Babbles, 0, -1)] }),
        ("faults end before the run begins", Plain with { FaultsEndNanoseconds = -1 }),
    ];

    private static readonly ScenarioOptions[] Legal =
    [
        Samples.Precopy, Samples.Xbzrle, Samples.Multifd, Samples.MappedRam, Samples.IgnoreShared, Samples.Corrupted, Samples.Reset,
        Samples.Stranger, Samples.Deviant, Plain with { Blocks = [] }, Plain with { Blocks = [new("m0", 65_536)] },
        Plain with { Blocks = [new("m0", 0), new("m1", 1) { PagesHere = 0, MostPages = 1 }, new("m2", 1) { Stays = true }] },
        Plain with { Blocks = [new(new string('a', 255), 1)] }, Plain with { Machine = new() { DeviceCount = 64 } },
        Migrate(m => m with { Multifd = true, MultifdChannels = 255 }), Migrate(m => m with { Xbzrle = true, XbzrleCachePages = 1 }),
        Migrate(m => m with { Transport = Transport.Descriptor }), Plain with { Strategy = null },
        Fault(new() { Kind = FaultKind.Delay, Share = Ratio.One, DurationNanoseconds = 1 }),
        Plain with { Strangers = [new(StrangerKind.Idles, 0, 3)] }, Plain with { FaultsEndNanoseconds = 0 },
    ];

    public static TheoryData<int> Rules { get; } = new(Enumerable.Range(0, Broken.Length));

    [Theory]
    [MemberData(nameof(Rules))]
    public void Scenario_that_breaks_a_rule_is_refused_for_it(int index)
    {
        (string problem, ScenarioOptions scenario) = Broken[index];
        Assert.Contains(problem, scenario.Problem(), StringComparison.Ordinal);
        using ScenarioRunner runner = new();
        Assert.Equal("options", Assert.Throws<ArgumentException>(() => runner.Run(scenario)).ParamName);
        Assert.Contains(problem, Assert.Throws<FormatException>(() => ScenarioOptions.FromJson(scenario.ToJson())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scenario_at_the_edge_of_the_rules_is_legal() => Assert.All(Legal, scenario => Assert.Null(scenario.Problem()));

    private static ScenarioOptions Migrate(Func<MigrationOptions, MigrationOptions> change) =>
        Plain with { Migration = change(Plain.Migration) };

    private static ScenarioOptions Fault(FaultOptions fault) => Plain with { Faults = [fault] };
}
