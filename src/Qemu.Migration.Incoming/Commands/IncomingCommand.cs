using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>The command <c>incoming</c>: what is wrong is said in one line on stderr, with exit code 2.</summary>
internal sealed class IncomingCommand : RootCommand, ITeachesByExample
{
    private const int UsageExitCode = 2;

    /// <summary>Makes the command.</summary>
    public IncomingCommand()
        : base("The destination side of QEMU's live migration.")
    {
        Subcommands.Add(new ServeCommand());
        Subcommands.Add(new LoadCommand());
        Subcommands.Add(new DescribeCommand());
        Subcommands.Add(new DumpCommand());
        HelpWithExamples.AddTo(this);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("Be migrated into", "incoming serve --incoming unix:/tmp/mig.sock -m 1G --qmp unix:/tmp/qmp.sock"),
        ("Load a recorded stream", "incoming load vm.stream"),
        ("Look into one", "incoming dump vm.stream | head"),
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
                Console.Error.WriteLine($"incoming: {error.Message}");
            Console.Error.WriteLine($"incoming: try '{CommandLine(result)} --help'");
            return UsageExitCode;
        }
        try
        {
            return result.Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            Console.Error.WriteLine($"incoming: {PeerText.Escape(error.Message)}");
            return UsageExitCode;
        }
    }

    private static string CommandLine(ParseResult result) =>
        result.CommandResult.Command is RootCommand ? "incoming" : "incoming " + result.CommandResult.Command.Name;
}
