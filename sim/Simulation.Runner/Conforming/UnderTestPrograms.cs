using Simulation.Conformance;

namespace Simulation.Runner.Conforming;

/// <summary>The programs that <c>--under-test</c> names.</summary>
internal static class UnderTestPrograms
{
    private const string Daemon = "daemon:";
    private const string Qemu = "qemu:";

    /// <summary>Finds them.</summary>
    /// <param name="named">What the command line names; empty for our daemon and every QEMU that is there.</param>
    /// <returns>One or more.</returns>
    /// <exception cref="QemuMissingException">A QEMU is none.</exception>
    /// <exception cref="DestinationMissingException">Another program is not there.</exception>
    /// <exception cref="FormatException">A value names no program.</exception>
    public static IReadOnlyList<IDestinationProgram> Find(IReadOnlyList<string> named) =>
        named.Count > 0 ? [.. named.Select(Find)] : [DaemonProgram.Find(), .. QemuProgram.FindInstalled()];

    private static IDestinationProgram Find(string named)
    {
        if (named.StartsWith(Daemon, StringComparison.Ordinal))
            return new DaemonProgram(named[Daemon.Length..]);
        if (named.StartsWith(Qemu, StringComparison.Ordinal))
            return QemuProgram.FindAll([named[Qemu.Length..]])[0];
        return CommandProgram.Is(named) ? new CommandProgram(named)
            : throw new FormatException($"--under-test '{named}': it is daemon:PATH, qemu:PATH, or a command with {{qmp}} and {{ram}}");
    }
}
