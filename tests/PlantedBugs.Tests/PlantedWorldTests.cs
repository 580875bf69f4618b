using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Scenarios;

namespace PlantedBugs.Tests;

public class PlantedWorldTests
{
    private static readonly DestinationCompiler Compiler = new();

    private static readonly PlantedBug Off = new()
    {
        Id = "zero-records-are-counted-twice",
        Title = "a zero page counts twice",
        Source = "slip",
        File = "src/Qemu.Migration.Destination/Loading/RamLoader.cs",
        Snippet = "received.ZeroPages++;",
        Replacement = "received.ZeroPages += 2;",
    };

    [Fact]
    public void Destination_compiled_in_memory_takes_the_same_steps_as_the_one_built()
    {
        using PlantedWorld world = new(Compiler.Compile(null), "as it is");
        var judge = world.Bind(ScenarioTrial.Open)();
        using ScenarioRunner built = new();
        for (ulong seed = 1; seed <= 50; seed++)
        {
            RunResult expected = built.Run(ScenarioOptions.Draw(seed));
            Assert.Equal((expected.Verdict.ToString(), expected.Check, expected.TraceHash), Without(judge(seed)));
        }

        static (string, string?, ulong) Without((string Verdict, string? Check, string? Message, ulong Hash) run) =>
            (run.Verdict, run.Check, run.Hash);
    }

    [Fact]
    public void Bug_shows_in_its_own_world_and_nowhere_else()
    {
        using PlantedWorld world = new(Compiler.Compile(Off), Off.Id);
        using PlantedWorld other = new(Compiler.Compile(null), "as it is");
        var judge = world.Bind(ScenarioTrial.Open)();
        var judgeOther = other.Bind(ScenarioTrial.Open)();
        Assert.Contains(Enumerable.Range(1, 30), seed => judge((ulong)seed).Verdict == "Violated");
        Assert.DoesNotContain(Enumerable.Range(1, 30), seed => judgeOther((ulong)seed).Verdict != "Passed");
    }

    [Theory]
    [InlineData("received.ZeroPages--;", "does not occur")]
    [InlineData("delta", "more than once")]
    [InlineData("received.ZeroPages++", "does not compile", "received.ZeroPage++")]
    public void Bug_that_cannot_be_planted_is_named(string snippet, string expected, string replacement = "")
    {
        PlantingException error = Assert.Throws<PlantingException>(
            () => Compiler.Compile(Off with { Snippet = snippet, Replacement = replacement }));
        Assert.StartsWith(Off.Id, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Bug_in_a_file_that_is_gone_is_named() => Assert.Contains(
        "there is no file src/Gone.cs",
        Assert.Throws<PlantingException>(() => Compiler.Compile(Off with { File = "src/Gone.cs" })).Message);

    [Fact]
    public void Types_of_the_simulator_do_not_cross()
    {
        using PlantedWorld world = new(Compiler.Compile(null), "as it is");
        Assert.Throws<ArgumentException>(() => world.Bind<Func<ulong, ScenarioOptions>>(ScenarioOptions.Draw));
    }
}
