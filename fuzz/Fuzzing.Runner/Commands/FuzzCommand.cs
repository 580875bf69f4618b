using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Fuzzing.Runner.Commands;

/// <summary>The command <c>fuzz</c>.</summary>
internal sealed class FuzzCommand : RootCommand, ITeachesByExample
{
    /// <summary>Makes the command.</summary>
    public FuzzCommand()
        : base("Fuzzes the destination of live migration: streams, files, sessions, monitors and whole simulated runs.")
    {
        Subcommands.Add(new ListCommand());
        Subcommands.Add(new RunCommand());
        Subcommands.Add(new ReplayCommand());
        Subcommands.Add(new MinimizeCommand());
        Subcommands.Add(new MergeCommand());
        Subcommands.Add(new CoverageCommand());
        Subcommands.Add(new TriageCommand());
        Subcommands.Add(new BuildCommand());
        HelpOption help = Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A minute on the whole stream", "fuzz run main-stream"),
        ("Ten minutes on all cores, lines for a program", "fuzz run multifd --time 10m --jobs 2 --json"),
        ("What a file does", "fuzz replay corpus/seeds/main-stream/*"),
        ("Exit codes", "0 nothing found, 1 a finding, 2 the harness itself failed, 64 usage"),
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
                Console.Error.WriteLine($"fuzz: {error.Message}");
            Console.Error.WriteLine();
            ShowHelp(result);
            return ExitCode.Usage;
        }
        try
        {
            return result.Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (HarnessFailureException failure)
        {
            Console.Error.WriteLine($"fuzz: {failure.Message}");
            return ExitCode.HarnessFailed;
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"fuzz: {error.Message}");
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
