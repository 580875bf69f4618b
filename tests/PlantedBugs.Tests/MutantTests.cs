using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Generating;

namespace PlantedBugs.Tests;

public sealed class MutantTests
{
    private static readonly DestinationCompiler Compiler = new();
    private static readonly IReadOnlyList<Mutant> All = MutantCatalogue.All(Compiler);

    [Fact]
    public void Each_rule_makes_mutants_of_both_projects()
    {
        string[] rules = ["operator", "constant", "condition", "removed statement", "swapped calls"];
        foreach (string project in (string[])["src/Qemu.Migration.Wire/", "src/Qemu.Migration.Destination/"])
        {
            string[] made = [.. All.Where(mutant => mutant.Bug.File.StartsWith(project, StringComparison.Ordinal)).Select(mutant => mutant.Rule)];
            Assert.Superset(rules.ToHashSet(), made.ToHashSet());
        }

        Assert.True(All.Count > 3_000, $"{All.Count} mutants");
    }

    [Fact]
    public void Ids_differ_and_each_mutant_changes_its_line() => Assert.All(All, mutant =>
    {
        Assert.NotEqual(mutant.Before, mutant.After);
        Assert.Contains(mutant.Before, mutant.Bug.Snippet, StringComparison.Ordinal);
        Assert.Single(All, other => other.Bug.Id == mutant.Bug.Id);
    });

    [Fact]
    public void Same_seed_draws_the_same_mutants_and_they_compile()
    {
        string[] drawn = [.. MutantCatalogue.Draw(Compiler, 7).Take(5).Select(mutant => mutant.Bug.Id)];
        Assert.Equal(drawn, MutantCatalogue.Draw(Compiler, 7).Take(5).Select(mutant => mutant.Bug.Id));
        Assert.NotEqual(drawn, MutantCatalogue.Draw(Compiler, 8).Take(5).Select(mutant => mutant.Bug.Id));
        Compiler.Compile(All.Single(mutant => mutant.Bug.Id == drawn[0]).Bug);
    }

    [Fact]
    public void Equivalent_mutants_are_mutants_with_a_proof() => Assert.All(EquivalentMutants.All, equivalent =>
    {
        Assert.Contains(All, mutant => mutant.Bug.Id == equivalent.Key);
        Assert.EndsWith(".", equivalent.Value, StringComparison.Ordinal);
    });

    [Fact]
    public void Diff_shows_the_lines_before_and_after()
    {
        Mutant mutant = All.First(mutant => mutant.Rule == "operator");
        string[] lines = mutant.ToDiff().Split('\n');
        Assert.Equal($"{mutant.Bug.Id}  {mutant.Bug.File}:{mutant.Line}  operator", lines[0]);
        Assert.StartsWith("- ", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("+ ", StringComparison.Ordinal));
    }
}
