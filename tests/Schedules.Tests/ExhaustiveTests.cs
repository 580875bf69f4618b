using Simulation.PlantedBugs.Trials;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Models;

namespace Schedules.Tests;

/// <summary>All schedules with few departures from the default order. That they show planted bugs is a test of <see cref="OwnHostTests"/>.</summary>
public sealed class ExhaustiveTests
{
    // With three departures these take 240,000 schedules and millions.
    private static readonly string[] Large = ["second-source", "listener", "postcopy-cut", "postcopy-pause"];

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
}
