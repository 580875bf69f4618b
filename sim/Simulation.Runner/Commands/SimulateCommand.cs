using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

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
        HelpOption help = Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A minute of fresh seeds on all cores", "simulate"),
        ("An hour of them", "simulate --time 1h"),
        ("What one seed does, and the same as a time-line", "simulate run --seed 7; simulate explain 7"),
        ("The same runs everywhere", "simulate range --from 1 --count 10000 --jobs 2"),
        ("Make a finding small and keep it for ever", "simulate shrink v1-0000000000000007"),
        ("How good the harness is: bugs planted and found", "simulate score"),
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
            foreach (ParseError error in result.Errors)
                Console.Error.WriteLine($"simulate: {error.Message}");
            Console.Error.WriteLine();
            ShowHelp(result);
            return ExitCode.Usage;
        }

        try
        {
            return result.Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"simulate: {error.Message}");
            return ExitCode.Usage;
        }
    }

    private void ShowHelp(ParseResult result)
    {
        string[] path = result.CommandResult.Command is RootCommand ? [] : [result.CommandResult.Command.Name];
        Parse([.. path, "--help"]).Invoke(new() { Output = Console.Error });
    }

    private sealed class HelpWithExamples(HelpAction plain) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int code = plain.Invoke(parseResult);
            if (parseResult.CommandResult.Command is not ITeachesByExample teacher)
                return code;
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach ((string what, string commandLine) in teacher.Examples)
                output.WriteLine($"  {what}:{Environment.NewLine}    {commandLine}");
            output.WriteLine();
            return code;
        }
    }
}
