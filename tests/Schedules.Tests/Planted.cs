using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;

namespace Schedules.Tests;

/// <summary>Worlds with a bug; the source is parsed once for all of them.</summary>
internal static class Planted
{
    private static readonly Lazy<DestinationCompiler> Compiler = new(() => new());

    // One bug shows that its model is judged. A bug takes up to half a minute, so the others are planted at night.
    public static TheoryData<string, string> BugsIn(string host)
    {
        bool takesAll = Environment.GetEnvironmentVariable("SCHEDULE_BUGS") == "all";
        IEnumerable<BugInModel> bugs = BugsInModels.All.Where(bug => bug.ShowsIn(host));
        TheoryData<string, string> data = [];
        foreach (BugInModel bug in takesAll ? bugs : bugs.DistinctBy(bug => bug.Model))
            data.Add(bug.Bug, bug.Model);
        return data;
    }

    public static ScheduleWorld World(string bug) => World(BugCatalogue.Find(bug)!);

    public static ScheduleWorld World(PlantedBug bug) => new(bug, Compiler.Value);
}
