using System.CommandLine;
using Simulation.Runner.Conforming;
using Simulation.Runner.Output;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;

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

    private readonly UnderTestOptions _underTest = new();

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public RunCommand()
        : base("run", "Run one seed: print its options in full, run it, print the verdict.")
    {
        Options.Add(_seed);
        _underTest.AddTo(this);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("One seed", "simulate run --seed 7"),
        ("The same for a program", "simulate run --seed 0x7 --json"),
        ("In real time, carried out by a QEMU", "simulate run --seed 7 --under-test qemu:qemu-system-x86_64"),
    ];

    private int Run(ParseResult result)
    {
        ulong seed = result.GetRequiredValue(_seed);
        if (_underTest.IsGiven(result))
            return _underTest.Run(result, bug: null, trial => new DrawnSession(trial, result.GetValue(_json)).Play(Replayable.Open(new ReplayToken(seed).ToString())));
        return SingleRun.Do(ScenarioOptions.Draw(seed), new RunRequest(), result.GetValue(_json), CommandLines.Run(seed));
    }
}
