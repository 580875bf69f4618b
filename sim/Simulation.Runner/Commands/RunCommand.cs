using System.CommandLine;
using Simulation.Runner.Output;
using Simulation.Scenarios;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate run</c>: one seed.</summary>
internal sealed class RunCommand : Command, ITeachesByExample
{
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "The seed, decimal or with 0x.",
        HelpName = "seed",
        Required = true,
        CustomParser = ArgumentValues.Seed,
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public RunCommand()
        : base("run", "Run one seed: print its options in full, run it, print the verdict.")
    {
        Options.Add(_seed);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
        [("One seed", "simulate run --seed 7"), ("The same for a program", "simulate run --seed 0x7 --json")];

    private int Run(ParseResult result)
    {
        ulong seed = result.GetRequiredValue(_seed);
        return SingleRun.Do(ScenarioOptions.Draw(seed), new RunRequest(), result.GetValue(_json), CommandLines.Run(seed));
    }
}
