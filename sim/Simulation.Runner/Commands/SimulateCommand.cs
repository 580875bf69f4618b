using System.CommandLine;
using System.CommandLine.Invocation;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary>The command <c>simulate</c>: alone it runs the default campaign, its subcommands look at single runs.</summary>
internal sealed class SimulateCommand : RootCommand, ITeachesByExample
{
    /// <summary>Makes the command.</summary>
    public SimulateCommand()
        : base("Migrates simulated machines into the destination, in virtual time, from one seed, and judges what it did.")
    {
        CampaignOptions campaign = new();
        campaign.AddTo(this);
        SetAction(result => campaign.RunDefault(result));
        Subcommands.Add(new RunCommand());
        Subcommands.Add(new RangeCommand());
        Subcommands.Add(new ReplayCommand());
        Subcommands.Add(new ShrinkCommand());
        Subcommands.Add(new ExplainCommand());
        Subcommands.Add(new SeedsCommand());
        Subcommands.Add(new SchedulesCommand());
        Subcommands.Add(new ScoreCommand());
        Subcommands.Add(new RefereeCommand());
        Subcommands.Add(new ConformCommand());
        Subcommands.Add(new WorkerCommand());
        HelpWithExamples.AddTo(this);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A minute of fresh seeds on all cores", "simulate"),
        ("An hour of them", "simulate --time 1h"),
        ("What one seed does, and the same as a time-line", "simulate run --seed 7; simulate explain 7"),
        ("The same runs everywhere", "simulate range --from 1 --count 10000 --jobs 2"),
        ("Make a finding small and keep it for ever", $"simulate shrink {new ReplayToken(7)}"),
        ("How good the harness is: bugs planted and found", "simulate score"),
        ("The same streams to a real QEMU", "simulate referee"),
        ("Destinations under faults, ours and real QEMUs, in one table", "simulate conform"),
        ("Exit codes", "0 all passed, 1 a property was violated, 2 the harness itself failed, 64 usage"),
    ];

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The exit code.</returns>
    public int Run(string[] arguments)
    {
        ParseResult result = Parse(arguments);
        if (result.Action is ParseErrorAction)
        {
            UsageErrors.Write(this, "simulate", result);
            return ExitCode.Usage;
        }

        try
        {
            return result.Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"simulate: {error.Message}");

            // Output that goes nowhere, or a disk that is full, is no fault of the command line.
            return error.GetType() == typeof(IOException) ? ExitCode.HarnessFailed : ExitCode.Usage;
        }
    }
}
