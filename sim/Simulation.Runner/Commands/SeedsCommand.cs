using System.CommandLine;
using Simulation.Runner.Output;
using Simulation.Scenarios;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate seeds</c>: what each seed draws, without running it.</summary>
internal sealed class SeedsCommand : Command, ITeachesByExample
{
    private readonly Option<ulong> _from = new("--from")
    {
        Description = "The first seed.",
        HelpName = "seed",
        CustomParser = ArgumentValues.Seed,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _count = new("--count") { Description = "How many.", DefaultValueFactory = _ => 10 };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public SeedsCommand()
        : base("seeds", "Show what seeds draw: all options of the scenario.")
    {
        _count.RequireBetween(1, int.MaxValue);
        Options.Add(_from);
        Options.Add(_count);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("One seed for people", "simulate seeds --from 7 --count 1"),
        ("A line a seed, for a program", "simulate seeds --count 1000 --json"),
    ];

    private int Run(ParseResult result)
    {
        ulong from = result.GetValue(_from);
        for (int i = 0; i < result.GetValue(_count); i++)
        {
            ScenarioOptions options = ScenarioOptions.Draw(unchecked(from + (ulong)i));
            Console.Out.WriteLine(result.GetValue(_json) ? JsonText.OnOneLine(options.ToJson()) : options.ToJson());
        }

        return ExitCode.Passed;
    }
}
