using Simulation.Scenarios;
using Simulation.Scenarios.Options;

namespace Scenarios.Tests.Options;

public sealed class ScenarioDrawTests
{
    private const int Count = 500;

    [Fact]
    public void Same_seed_draws_the_same_scenario() => Assert.All(
        SeedRange.Of(1, Count), seed => Assert.Equal(ScenarioOptions.Draw(seed).ToJson(), ScenarioOptions.Draw(seed).ToJson()));

    [Fact]
    public void Draw_does_not_depend_on_what_was_drawn_before()
    {
        string[] upwards = [.. SeedRange.Of(1, Count).Select(Draw)];
        string[] downwards = [.. SeedRange.Of(1, Count).Reverse().Select(Draw)];
        Assert.Equal(upwards, downwards.Reverse());

        static string Draw(ulong seed) => ScenarioOptions.Draw(seed).ToJson();
    }

    [Fact]
    public void Every_seed_draws_another_scenario() =>
        Assert.Equal(Count, SeedRange.Of(1, Count).Select(seed => (ScenarioOptions.Draw(seed) with { Seed = 0 }).ToJson()).Distinct().Count());

    [Theory]
    [InlineData(0)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void Any_seed_draws_a_valid_scenario_that_keeps_it(ulong seed)
    {
        ScenarioOptions options = ScenarioOptions.Draw(seed);
        Assert.Equal(seed, options.Seed);
        Assert.Null(options.Problem());
    }

    [Fact]
    public void Drawn_scenario_obeys_the_rules() => Assert.All(SeedRange.Of(1, 5000), seed => Assert.Null(ScenarioOptions.Draw(seed).Problem()));

    [Fact]
    public void Some_seeds_switch_everything_off_and_others_something_on()
    {
        ScenarioOptions[] drawn = [.. SeedRange.Of(1, Count).Select(ScenarioOptions.Draw)];
        Func<ScenarioOptions, bool>[] features =
        [
            o => o.Faults.Count > 0, o => o.Strangers.Count > 0, o => o.Deviations.Count > 0, o => o.PoisonByte is not null,
            o => o.Migration.ReturnPath, o => o.Migration.SwitchoverAck, o => o.Migration.ValidateUuid, o => o.Migration.IgnoreShared,
            o => o.Migration.Xbzrle, o => o.Migration.Multifd, o => o.Migration.MappedRam, o => o.Migration.Events,
            o => o.Machine.DeviceCount > 0, o => o.Machine.HasUuid, o => o.Machine.OmitsConfiguration, o => o.Machine.OmitsSectionFooters,
            o => o.Machine.OmitsSwitchoverStart, o => o.Machine.OmitsGlobalState, o => o.Machine.OmitsDescription,
            o => o.Machine.FlushesAfterEachSection, o => o.Machine.SourceFlushesAfterEachSection, o => o.Machine.StartsPaused,
            o => o.Monitor.IsAwkward, o => o.Monitor.ReactsAtOnce,
            o => o.Monitor.FirstAddressIsTaken, o => o.Monitor.LatencyNanoseconds > 0, o => o.Monitor.ReadsShort,
            o => o.Monitor.SetsUpByCommand, o => o.Monitor.Reconnects, o => o.Monitor.Visitors > 0, o => o.Monitor.ExitsOnError,
            o => o.Monitor.Quits != QuitMoment.Never, o => o.Link.LatencyNanoseconds > 0, o => o.Link.ShortReads.Numerator > 0, o => o.Host.Channel == ChannelKind.Copied,
            o => o.Host.Channel == ChannelKind.InPlace, o => o.Host.Channel == ChannelKind.Records, o => o.Host.Channel == ChannelKind.Lent,
            o => o.Host.Memory == MemoryKind.WrittenThrough, o => o.Host.RefusesAfterBytes > 0, o => o.Blocks.Any(b => b.Pages > b.PagesHere),
            o => o.Blocks.Any(b => b.Pages < b.PagesHere), o => o.Blocks.Any(b => b.Stays), o => o.Blocks.Any(b => b.Pages == 0),
            o => o.Machine.HasRichDevices, o => o.Machine.Name is not null, o => o.Machine.Uuid is not null,
            o => o.Migration.MultifdChannels > 8, o => o.Migration.ConnectsInAnyOrder, o => o.Migration.HasUnequalLinks,
            o => o.Blocks.Any(b => b.Name.Length > 100), o => o.Blocks.Any(b => b.FreePages > 1 << 19), o => o.Migration.FileOffset > 0,
            o => o.Blocks.Count > 4,
        ];
        Assert.All(features, feature => Assert.InRange(drawn.Count(feature), 1, Count - 1));
        Assert.Contains(drawn, o => o.Faults.Count == 0 && o.Strangers.Count == 0 && o.Deviations.Count == 0);
    }
}
