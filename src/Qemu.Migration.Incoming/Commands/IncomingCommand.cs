using System.CommandLine;
using System.CommandLine.Invocation;
using Qemu.Migration.Incoming.Native;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>The command <c>incoming</c>. For a wrong command line it prints the help of the command on stderr.</summary>
internal sealed class IncomingCommand : RootCommand, ITeachesByExample
{
    /// <summary>The command line, or a file it names, is wrong (EX_USAGE of sysexits.h).</summary>
    public const int UsageExitCode = 64;

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
        ("Wait for a migration", "incoming serve --incoming unix:/tmp/mig.sock -m 1G --qmp unix:/tmp/qmp.sock"),
        ("Load a recorded stream", "incoming load vm.stream"),
        ("Show its first records", "incoming dump vm.stream | head"),
    ];

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The exit code.</returns>
    public int Run(string[] arguments)
    {
        if (!StandardStream.IsInherited(StandardStream.Error))
            Console.SetError(TextWriter.Null);
        ParseResult result = Parse(arguments);
        if (result.Action is ParseErrorAction)
        {
            TryWrite(() => UsageErrors.Write(this, "incoming", result));
            return UsageExitCode;
        }
        try
        {
            return result.Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            TryWrite(() => Console.Error.WriteLine($"incoming: {PeerText.Escape(error.Message)}"));
            return UsageExitCode;
        }
    }

    // When stderr takes nothing, the exit code alone reports the error.
    private static void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // The disk is full, or there is no stderr.
        }
    }
}
