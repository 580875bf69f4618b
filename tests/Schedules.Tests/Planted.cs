using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;

namespace Schedules.Tests;

/// <summary>Worlds with a bug; the source is parsed once for all of them.</summary>
internal static class Planted
{
    private static readonly Lazy<DestinationCompiler> Compiler = new(() => new());

    public static TheoryData<string, string> BugsIn(string host)
    {
        TheoryData<string, string> data = [];
        foreach (BugInModel bug in BugsInModels.All.Where(bug => bug.ShowsIn(host)))
            data.Add(bug.Bug, bug.Model);
        return data;
    }

    public static ScheduleWorld World(string bug) => World(BugCatalogue.Find(bug)!);

    public static ScheduleWorld World(PlantedBug bug) => new(bug, Compiler.Value);
}
