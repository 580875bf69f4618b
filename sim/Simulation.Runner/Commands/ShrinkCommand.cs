using System.CommandLine;
using Simulation.Runner.Output;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate shrink</c>: makes a failing run small and writes it down as a case for ever.</summary>
internal sealed class ShrinkCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _token = CommonOptions.Token();

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder for the case.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("corpus", "regressions"),
    };

    private readonly Option<int> _runs = new("--runs")
    {
        Description = "How many runs it may take.",
        DefaultValueFactory = _ => Shrinker.DefaultMaximumRuns,
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public ShrinkCommand()
        : base("shrink", "Make a failing run as small as it gets, and write it down.")
    {
        _runs.RequireBetween(1, int.MaxValue);
        Arguments.Add(_token);
        Options.Add(_out);
        Options.Add(_runs);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A finding of a campaign", "simulate shrink artifacts/findings/RamEqualsSourceAtSwitchover-7.json"),
        ("A token, into a folder of your own", $"simulate shrink {new ReplayToken(7)} --out /tmp/cases"),
    ];

    private int Run(ParseResult result)
    {
        Replayable run = Replayable.Open(result.GetRequiredValue(_token));
        using ScenarioRunner runner = new();
        (Recipe Recipe, int Runs)? shrunk = ScenarioShrinking.Shrink(
            runner.Run, new FailingCase(run.Options, run.Choices), run.FoundWith, result.GetValue(_runs));
        if (shrunk is not { } smallest)
        {
            Console.Error.WriteLine($"simulate: {run.Name} passes: there is nothing to shrink");
            return ExitCode.Passed;
        }

        string folder = result.GetRequiredValue(_out);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, smallest.Recipe.Name + ".json");
        File.WriteAllText(file, smallest.Recipe.ToJson());
        return Tell(result, smallest.Recipe, smallest.Runs, file);
    }

    private int Tell(ParseResult result, Recipe recipe, int runs, string file)
    {
        if (result.GetValue(_json))
        {
            Console.Out.WriteLine(JsonText.OnOneLine(recipe.ToJson()));
        }
        else
        {
            Console.Out.WriteLine(recipe.Options.ToJson());
            Console.Out.WriteLine($"schedule: {recipe.Schedule ?? "plain order"}");
            Console.Out.WriteLine($"{recipe.Check}: {recipe.Message}");
            Console.Out.WriteLine($"{runs} runs; written to {file}");
        }

        Console.Error.WriteLine(CommandLines.Replay(file));
        return recipe.Check == Recipe.HarnessCheck ? ExitCode.HarnessFailed : ExitCode.Violated;
    }
}
