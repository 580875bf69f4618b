using Simulation.Engine.Choices;
using Simulation.PlantedBugs.Trials;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Models;

namespace Schedules.Tests;

/// <summary>All schedules with few departures from the default order, and what they show.</summary>
public sealed class ExhaustiveTests
{
    // With three departures these take 300,000 schedules and millions.
    private static readonly string[] Large = ["second-source", "listener"];

    public static TheoryData<string, int> Models
    {
        get
        {
            TheoryData<string, int> data = [];
            foreach (ScheduleModel model in ModelCatalogue.All)
                data.Add(model.Name, Large.Contains(model.Name) ? 2 : 3);
            return data;
        }
    }

    // With four departures, which these take, the model has 1.3 million schedules.
    private static readonly string[] Deep = ["completed-before-total-time", "figures-gone-during-teardown"];

    public static TheoryData<string, string> Bugs
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (ScheduleBug bug in ScheduleBugs.All.Where(bug => bug.ShowsIn("own") && !Deep.Contains(bug.Bug)))
                data.Add(bug.Bug, bug.Model);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void No_schedule_with_few_departures_violates_anything(string model, int departures)
    {
        using ScheduleWorld world = new();
        ExhaustiveResult result = world.RunAll(model, departures, _ => true);
        Assert.Null(result.Message);
        Assert.True(result.IsComplete);
        Assert.True(result.Schedules > 5_000, $"{result.Schedules} schedules");
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bug_is_found_with_as_few_departures_as_its_plain_schedule_has(string bug, string model)
    {
        using ScheduleWorld world = Planted.World(bug);
        ExhaustiveResult found = world.RunAll(model, 3, _ => true);
        Assert.NotNull(found.Property);
        Assert.False(found.IsComplete);

        int departures = ChoiceLog.Parse(found.Replay!).AsSpan().ToArray().Count(choice => choice.Value != 0);
        if (departures > 0)
            Assert.Null(world.RunAll(model, departures - 1, _ => true).Property);
        Assert.Equal(found.Property, world.Open("own", model, "continue")(1, 1, found.Replay).Property);
    }
}
