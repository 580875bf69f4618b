using Simulation.Engine.Choices;
using Simulation.Engine.Scheduling;
using Simulation.PlantedBugs.Trials;
using Simulation.Scenarios.Shrinking;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Models;
using Simulation.Schedules.Own;
using Simulation.Schedules.Running;

namespace Schedules.Tests;

public sealed class OwnHostTests
{
    private const int MostSchedules = 20_000;

    // With four, a model has a million schedules.
    private const int MostDepartures = 3;

    public static TheoryData<string, string> ModelsAndStrategies
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (ScheduleModel model in ModelCatalogue.All)
            {
                foreach (string strategy in StrategyCatalogue.Names)
                    data.Add(model.Name, strategy);
            }

            return data;
        }
    }

    public static TheoryData<string, string> Bugs => Planted.BugsIn("own");

    [Theory]
    [MemberData(nameof(ModelsAndStrategies))]
    public void Destination_as_it_is_violates_nothing(string model, string strategy)
    {
        using OwnHost host = new(ModelCatalogue.Find(model), strategy);
        for (ulong seed = 0; seed < 300; seed++)
            Assert.Null(host.Run(seed).Violation);
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bug_is_found_by_samples_and_by_all_schedules_and_its_plain_schedule_shows_it_again(string bug, string model)
    {
        using ScheduleWorld world = Planted.World(bug);
        ScheduleSearchResult found = world.Open("own", model, "portfolio")(1, MostSchedules);
        Assert.NotNull(found.Property);

        ScheduleSearch replay = world.Open("own", model, "continue");
        ChoiceLog plain = ScheduleReduction.Minimise(
            ChoiceLog.Parse(found.Replay!), candidate => replay(1, 1, candidate.FormatValues()).Property == found.Property);
        Assert.Equal(found.Property, replay(1, 1, plain.FormatValues()).Property);

        int departures = Departures(plain);
        if (departures > MostDepartures)
            return;
        ExhaustiveResult all = world.RunAll(model, departures, _ => true);
        Assert.NotNull(all.Property);
        int fewest = Departures(ChoiceLog.Parse(all.Replay!));
        Assert.InRange(fewest, 0, departures);
        Assert.Equal(all.Property, replay(1, 1, all.Replay).Property);
        if (fewest > 0)
            Assert.Null(world.RunAll(model, fewest - 1, _ => true).Property);
    }

    [Fact]
    public void Two_tasks_that_write_one_page_at_once_are_found()
    {
        using ScheduleWorld world = Planted.World("sync-waits-for-one-channel-only");
        ScheduleSearch search = world.Open("own", "multifd", "random");
        Assert.Contains(Enumerable.Range(1, 2000), seed => search((ulong)seed, 1).Property == "OnePageOneWriter");
    }

    [Fact]
    public void Page_written_after_the_end_is_found()
    {
        using ScheduleWorld world = Planted.World("stop-does-not-join");
        Assert.Equal("NoWriteAfterEnd", world.Open("own", "failing-main", "random")(1, MostSchedules).Property);
    }

    [Fact]
    public void Same_seed_gives_the_same_run_with_two_hosts_by_turns()
    {
        ScheduleModel model = ModelCatalogue.Find("multifd");
        using OwnHost first = new(model, "random");
        using OwnHost second = new(model, "random");
        HashSet<ulong> hashes = [];
        for (ulong seed = 0; seed < 100; seed++)
        {
            ScheduleResult result = first.Run(seed);
            Assert.Equal(result, second.Run(seed));
            hashes.Add(result.TraceHash);
        }

        Assert.True(hashes.Count > 90, $"{hashes.Count} different runs of 100 seeds");
    }

    [Fact]
    public void Decisions_of_a_run_replay_it()
    {
        ScheduleModel model = ModelCatalogue.Find("multifd-open");
        using OwnHost host = new(model, "random");
        ulong hash = host.Run(17).TraceHash;
        ChoiceLog taken = host.Choices.Recorded.Copy();
        Assert.Equal(hash, host.Run(17, taken).TraceHash);
        Assert.Null(host.Choices.FirstDivergence);
    }

    private static int Departures(ChoiceLog choices) => choices.AsSpan().ToArray().Count(choice => choice.Value != 0);
}
