using System.CommandLine;
using System.CommandLine.Invocation;

namespace Fuzzing.Runner.Commands;

/// <summary>The command <c>fuzz</c>.</summary>
internal sealed class FuzzCommand : RootCommand, ITeachesByExample
{
    /// <summary>Makes the command.</summary>
    public FuzzCommand()
        : base("Fuzzes the destination of live migration: streams, files, sessions, monitors and whole simulated runs.")
    {
        Subcommands.Add(new ListCommand());
        Subcommands.Add(new FuzzRunCommand());
        Subcommands.Add(new FuzzReplayCommand());
        Subcommands.Add(new MinimizeCommand());
        Subcommands.Add(new MergeCommand());
        Subcommands.Add(new CoverageCommand());
        Subcommands.Add(new TriageCommand());
        Subcommands.Add(new BuildCommand());
        Subcommands.Add(new PackageCommand());
        HelpWithExamples.AddTo(this);
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
            UsageErrors.Write(this, "fuzz", result);
            return FuzzExitCode.Usage;
        }
        try
        {
            return result.Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (HarnessFailureException failure)
        {
            Console.Error.WriteLine($"fuzz: {failure.Message}");
            return FuzzExitCode.HarnessFailed;
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"fuzz: {error.Message}");

            // Output that goes nowhere, or a disk that is full, is no fault of the command line.
            return error.GetType() == typeof(IOException) ? FuzzExitCode.HarnessFailed : FuzzExitCode.Usage;
        }
    }
}
