using Qemu.Migration.Wire;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Savevm;

namespace Scenarios.Tests.Runs;

public sealed class DeviantModeTests
{
    public static TheoryData<DeviantMode> Modes { get; } = new(DeviantModes.All.Select(info => info.Mode));

    // A campaign meets some of a hundred modes seldom; here each is met, and what it needs is on.
    [Theory]
    [MemberData(nameof(Modes))]
    public void Deviation_takes_effect_and_the_run_passes_all_checks(DeviantMode mode)
    {
        StructureKind site = DeviantModes.All.Single(info => info.Mode == mode).Site;
        ScenarioOptions scenario = site switch
        {
            StructureKind.MultifdInitial or StructureKind.MultifdPacket or StructureKind.MultifdEnd => Samples.Multifd,
            StructureKind.MappedRamHeader => Samples.MappedRam,
            _ => Samples.Xbzrle,
        };
        using ScenarioRunner runner = new();
        RunResult result = runner.Run(scenario with { Deviations = [new(mode) { CutAt = 5000 }] });
        Assert.True(result.Verdict == Verdict.Passed, $"{result.Check}: {result.Message}");
        Assert.Equal(1, result.Probes[Probes.Of(mode)]);
    }

    // The record names the second block, which is there and must not travel.
    [Fact]
    public void Record_for_a_block_that_is_left_out_fails_the_migration()
    {
        using ScenarioRunner runner = new();
        RunResult result = runner.Run(Samples.IgnoreShared with { Deviations = [new(DeviantMode.BlockUnknown)] });
        Assert.True(result.Verdict == Verdict.Passed, $"{result.Check}: {result.Message}");
        Assert.Equal(StreamErrorCode.BlockNotMigratable, runner.Observation.Error?.Code);
    }
}
