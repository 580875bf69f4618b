using Simulation.Engine;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Trials;
using Simulation.Coyote;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Models;

namespace Schedules.Tests;

public sealed class CoyoteHostTests(CoyoteHostTests.PlainWorld plain) : IClassFixture<CoyoteHostTests.PlainWorld>
{
    private const int MostSchedules = 3_000;

    public static TheoryData<string> Models => [.. ModelCatalogue.All.Select(model => model.Name)];

    public static TheoryData<string, string> Bugs => Planted.BugsIn("coyote");

    [Theory]
    [MemberData(nameof(Models))]
    public void Destination_as_it_is_violates_nothing(string model) =>
        Assert.Null(plain.World.Open("coyote", model, "portfolio")(1, 20).Message);

    [Fact]
    public void Each_strategy_runs_as_many_schedules_as_asked_for()
    {
        foreach (string strategy in CoyoteHost.Strategies)
            Assert.Equal(5, plain.World.Open("coyote", "early-failure", strategy)(3, 5).Schedules);
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bug_is_found_and_its_trace_shows_it_again(string bug, string model)
    {
        using ScheduleWorld world = Planted.World(bug);
        ScheduleSearch search = world.Open("coyote", model, "portfolio");
        ScheduleSearchResult found = search(1, MostSchedules);
        Assert.NotNull(found.Property);
        ScheduleSearchResult again = search(99, 1, found.Replay);
        Assert.Equal((1, found.Property), (again.Schedules, again.Property));
    }

    [Fact]
    public void Same_seed_gives_the_same_trace_with_two_engines_by_turns()
    {
        using ScheduleWorld world = Planted.World("sync-arrivals-not-reset");
        ScheduleSearch first = world.Open("coyote", "multifd", "random");
        ScheduleSearch second = world.Open("coyote", "multifd", "random");
        ScheduleSearchResult found = first(7, MostSchedules);
        Assert.NotNull(found.Replay);
        Assert.Equal(found, second(7, MostSchedules));
        Assert.Equal(found, first(7, MostSchedules));
    }

    [Fact]
    public void Destination_that_is_not_rewritten_is_refused() =>
        Assert.Throws<HarnessException>(() => CoyoteHost.Open("early-failure", "random"));

    [Fact]
    public void Concurrency_that_Coyote_does_not_control_is_a_harness_error()
    {
        PlantedBug escape = new()
        {
            Id = "escape",
            Title = "a continuation runs on the thread pool",
            Source = "slip",
            File = "src/Qemu.Migration.Destination/Session/MigrationSession.Stream.cs",
            Snippet = "state.Activate(reader, channels);",
            Replacement = "await Task.Delay(1).ContinueWith(_ => state.Activate(reader, channels));",
        };
        using ScheduleWorld world = Planted.World(escape);
        ScheduleSearch search = world.Open("coyote", "multifd", "random");
        Assert.Contains("ContinueWith", Assert.Throws<HarnessException>(() => search(1, 20)).Message, StringComparison.Ordinal);
    }

    public sealed class PlainWorld : IDisposable
    {
        public ScheduleWorld World { get; } = new();

        public void Dispose() => World.Dispose();
    }
}
