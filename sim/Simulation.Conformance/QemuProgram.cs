using System.ComponentModel;
using System.Diagnostics;
using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>The QEMU that is the referee.</summary>
/// <param name="Path">The program.</param>
/// <param name="Version">The first line of what it says of itself.</param>
/// <param name="ZstdPath">The program that also knows zstd: the same, but where the usual small build has been found.</param>
/// <param name="Arguments">The arguments of <c>simulate referee</c> that name it; none for the usual one.</param>
internal sealed record QemuProgram(string Path, string Version, string ZstdPath, IReadOnlyList<string> Arguments)
{
    private const string SmallBuild = "qemu-system-x86_64-microvm";
    private const string WholeBuild = "qemu-system-x86_64";
    private const string Package = "install Debian's package qemu-system-x86, or name a program with --qemu";
    private const string Variable = "MIGRATION_QEMUS";
    private const int OldestMajor = 10;

    /// <summary>Finds the programs to ask.</summary>
    /// <param name="paths">Where they are; empty for those that <c>MIGRATION_QEMUS</c> lists, separated by colons, from QEMU 10 on, and
    /// for the usual one where it lists none.</param>
    /// <returns>One program or more, in the order in which they are named.</returns>
    /// <exception cref="QemuMissingException">One of them is none; the message says what to do.</exception>
    public static IReadOnlyList<QemuProgram> FindAll(IReadOnlyList<string> paths)
    {
        if (paths.Count > 0)
            return [.. paths.Select(Find)];
        string[] listed = Environment.GetEnvironmentVariable(Variable)?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        QemuProgram[] found = [.. listed.Select(Find).Where(program => program.Major >= OldestMajor)];
        return found.Length > 0 ? found : [Find(null)];
    }

    /// <summary>The version's first number; 0 where it says none.</summary>
    private int Major => int.TryParse(Version.Split(' ').SkipWhile(word => word != "version").Skip(1).FirstOrDefault()?.Split('.')[0], out int major)
        ? major : 0;

    /// <summary>Finds the program.</summary>
    /// <param name="path">Where it is, or null for the usual ones.</param>
    /// <returns>The program.</returns>
    /// <exception cref="QemuMissingException">There is none; the message says what to do.</exception>
    private static QemuProgram Find(string? path)
    {
        if (path is not null)
            return new(path, Ask(path) ?? throw new QemuMissingException($"there is no '{path}': {Package}"), path, ["--qemu", path]);
        string whole = Ask(WholeBuild) ?? throw new QemuMissingException($"there is no '{WholeBuild}': {Package}");

        // The small build of the same package has the same migration code and the machine none, and starts in a third of the processor
        // time: no emulator, a tenth of the relocations. It lacks zstd.
        return Ask(SmallBuild) is { } small && small == whole ? new(SmallBuild, small, WholeBuild, [])
            : new(WholeBuild, whole, WholeBuild, []);
    }

    /// <summary>The program for a case.</summary>
    /// <param name="played">The case.</param>
    /// <returns>Its path.</returns>
    public string PathFor(RefereeCase played) => played.Compression == OracleCompression.Zstd ? ZstdPath : Path;

    private static string? Ask(string program)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return text.StartsWith("QEMU emulator", StringComparison.Ordinal) ? text.Split('\n')[0].Trim()
                : throw new QemuMissingException($"'{program}' is no QEMU: {Package}");
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>There is no QEMU to ask.</summary>
internal sealed class QemuMissingException(string message) : Exception(message);
