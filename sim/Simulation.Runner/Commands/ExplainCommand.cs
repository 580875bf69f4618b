using System.CommandLine;
using Simulation.Runner.Output;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate explain</c>: a run as a time-line.</summary>
internal sealed class ExplainCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _token = CommonOptions.Token();

    private readonly Option<bool> _steps = new("--steps") { Description = "Show what the scheduler did as well." };

    /// <summary>Makes the command.</summary>
    public ExplainCommand()
        : base("explain", "Do a run again and tell what happened: when, who, what.")
    {
        Arguments.Add(_token);
        Options.Add(_steps);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A run from start to end", $"simulate explain {new ReplayToken(7)}"),
        ("Page by page", "simulate explain 7 | less -R"),
    ];

    private int Run(ParseResult result)
    {
        Replayable run = Replayable.Open(result.GetRequiredValue(_token));
        RunRequest request = new() { Schedule = run.Choices, RetainTrace = true };
        return SingleRun.Do(
            run.Options, request, json: false, CommandLines.Replay(run.Name),
            shown => TimeLine.Write(Consoles.Output, shown, result.GetValue(_steps)));
    }
}
