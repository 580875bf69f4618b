using System.Runtime.CompilerServices;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;

namespace PlantedBugs.Tests;

public class CatalogueTests(CatalogueTests.Shared shared) : IClassFixture<CatalogueTests.Shared>
{
    public sealed class Shared
    {
        public DestinationCompiler Compiler { get; } = new();
    }

    [Fact]
    public void Each_bug_can_be_planted()
    {
        List<string> troubles = [];
        foreach (PlantedBug bug in BugCatalogue.All)
        {
            try
            {
                shared.Compiler.Check(bug);
            }
            catch (PlantingException trouble)
            {
                troubles.Add(trouble.Message);
            }
        }

        Assert.True(troubles.Count == 0, string.Join(Environment.NewLine, troubles));
    }

    [Fact]
    public void Each_bug_changes_its_file_and_has_a_name_of_its_own()
    {
        Assert.All(BugCatalogue.All, bug => Assert.NotEqual(bug.Snippet, bug.Replacement));
        Assert.Equal(BugCatalogue.All.Select(bug => bug.Id).Distinct(), BugCatalogue.All.Select(bug => bug.Id));
        Assert.All(BugCatalogue.All, bug => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", bug.Id));
    }

    [Fact]
    public void Catalogue_has_enough_of_each_kind()
    {
        Assert.True(BugCatalogue.All.Count >= 60);
        Assert.True(BugCatalogue.All.Count(bug => bug.Kind == BugKind.Concurrency) >= 15);
        Assert.Contains(BugCatalogue.All, bug => bug.Kind == BugKind.Hang);
    }

    [Theory]
    [InlineData("zero-page-lost", "RamEqualsSourceAtSwitchover", 20)]
    [InlineData("multifd-not-counted", "CountersEqualWireRecords", 40)]
    [InlineData("completed-before-total-time", "CompletedNeverBeforeStatistics", 60)]
    [InlineData("sync-arrivals-not-reset", "EveryRunEnds", 60)]
    public void Bug_is_found_by_its_check(string id, string check, int seeds)
    {
        PlantedBug bug = BugCatalogue.Find(id)!;
        using PlantedWorld world = new(shared.Compiler.Compile(bug), id);
        var judge = world.Bind(ScenarioTrial.Open)();
        Assert.Contains(check, Enumerable.Range(1, seeds).Select(seed => judge((ulong)seed).Check));
    }

    [Fact]
    public void Finding_is_shrunk_and_replayed()
    {
        PlantedBug bug = BugCatalogue.Find("zero-page-lost")!;
        using PlantedWorld world = new(shared.Compiler.Compile(bug), bug.Id);
        var judge = world.Bind(ScenarioTrial.Open)();
        ulong found = (ulong)Enumerable.Range(1, 100).First(seed => judge((ulong)seed).Verdict == "Violated");
        var shrunk = world.Bind(ScenarioTrial.Shrink)(found, 500);
        Assert.True(shrunk is { Records: <= 3, Decisions: 0 });
        var recipe = Simulation.Scenarios.Shrinking.Recipe.Parse(shrunk.Value.RecipeJson);
        Assert.Equal("Violated", world.Bind(ScenarioTrial.Replay)(recipe.Options.ToJson(), recipe.Choices).Verdict);
        Assert.Equal("Passed", ScenarioTrial.Replay(recipe.Options.ToJson(), recipe.Choices).Verdict);
    }

    [Fact]
    public void World_is_collected_when_it_is_disposed()
    {
        WeakReference world = LiveAndDie();
        for (int i = 0; i < 20 && world.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(world.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference LiveAndDie()
    {
        using PlantedWorld world = new(shared.Compiler.Compile(null), "short-lived");
        var judge = world.Bind(ScenarioTrial.Open)();
        judge(1);
        return new WeakReference(judge.Target);
    }
}
