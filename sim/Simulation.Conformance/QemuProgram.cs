using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>The QEMU that is the referee.</summary>
/// <param name="Path">The program.</param>
/// <param name="Version">The first line of what it says of itself.</param>
/// <param name="ZstdPath">The program that also knows zstd: the same, but where the usual small build has been found.</param>
/// <param name="Arguments">The arguments of <c>simulate referee</c> that name it; none for the usual one.</param>
internal sealed record QemuProgram(string Path, string Version, string ZstdPath, IReadOnlyList<string> Arguments) : IDestinationProgram
{
    private const string SmallBuild = "qemu-system-x86_64-microvm";
    private const string WholeBuild = "qemu-system-x86_64";
    private const string Package = "install Debian's package qemu-system-x86, or name a program with --qemu";
    private const string Variable = "MIGRATION_QEMUS";
    private const string Folder = "/opt";
    private const string Modules = "usr/lib/x86_64-linux-gnu/qemu";
    private const string ModulesVariable = "QEMU_MODULE_DIR";
    private const int OldestMajor = 10;
    private const int FirstMajorOfToday = 9;

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

    private string Number => Version.Split(' ').SkipWhile(word => word != "version").Skip(1).FirstOrDefault() ?? "?";

    /// <summary>The version's first number; 0 where it says none.</summary>
    private int Major => int.TryParse(Number.Split('.')[0], out int major) ? major : 0;

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

    // Where a package was unpacked beside the program, its modules are there too.
    private static Dictionary<string, string> EnvironmentOf(string program)
    {
        string modules = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(program) ?? "", Modules);
        return program.Contains('/') && Directory.Exists(modules) ? new() { [ModulesVariable] = modules } : [];
    }

    /// <summary>Finds every QEMU that is there, whatever its version: those that <c>MIGRATION_QEMUS</c> lists, or those on PATH and in
    /// <c>/opt/qemu-*</c>.</summary>
    /// <returns>The programs, one of each version, the oldest first; perhaps none.</returns>
    /// <exception cref="QemuMissingException">One that is listed is none.</exception>
    public static IReadOnlyList<QemuProgram> FindInstalled()
    {
        string? listed = Environment.GetEnvironmentVariable(Variable);
        IEnumerable<string> paths = listed is not null ? listed.Split(':', StringSplitOptions.RemoveEmptyEntries)
            : [WholeBuild, .. Beside()];
        return [.. paths.Where(path => listed is not null || Ask(path) is not null).Select(Find)
            .DistinctBy(program => program.Number)
            .OrderBy(program => System.Version.TryParse(program.Number, out Version? number) ? number : new())];
    }

    private static IEnumerable<string> Beside() => !Directory.Exists(Folder) ? [] :
        Directory.GetDirectories(Folder, "qemu-*").Order(StringComparer.Ordinal).Select(folder => System.IO.Path.Combine(folder, WholeBuild)).Where(File.Exists);

    /// <inheritdoc/>
    public string Name => $"QEMU {Number}";

    /// <inheritdoc/>
    IReadOnlyList<string> IDestinationProgram.Arguments => ["--under-test", $"qemu:{Path}"];

    /// <inheritdoc/>
    public bool IsOurs => false;

    /// <inheritdoc/>
    public bool ListensByItself => false;

    /// <inheritdoc/>
    public bool HasFixedMachine => false;

    /// <inheritdoc/>
    public SourceDialect Dialect => Major is > 0 and < FirstMajorOfToday ? SourceDialect.Before81 : SourceDialect.Today;

    /// <inheritdoc/>
    public DestinationCommand CommandFor(RefereeCase played, DestinationFiles files)
    {
        string block = played.Block.Name;
        string bytes = played.Block.LengthBytes.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "-M", $"none,memory-backend={block}{(played.Profile.SuppressVmDescription ? ",suppress-vmdesc=on" : "")}",
            "-object", $"memory-backend-file,id={block},size={bytes},share=on,mem-path={files.Ram}",
            "-m", $"{played.Block.LengthBytes / 1024}K",

            // There is no processor: the accelerator of the tests does, where it is built in.
            "-accel", "qtest", "-accel", "tcg", "-nodefaults", "-display", "none", "-incoming", "defer", "-qmp", "stdio",
        ];
        if (!played.Autostart)
            arguments.Add("-S");
        if (played.Profile.Uuid is { } uuid)
            arguments.AddRange(["-uuid", $"{uuid}"]);
        Global(!played.Profile.SendConfiguration, "send-configuration=off");
        Global(!played.Profile.SendSectionFooter, "send-section-footer=off");

        // Before 8.1 there is nothing else, and no property.
        Global(played.Profile.MultifdFlushAfterEachSection && Dialect == SourceDialect.Today, "multifd-flush-after-each-section=on");
        string program = played.Compression == OracleCompression.Zstd ? ZstdPath : Path;
        return new(program, arguments) { Environment = EnvironmentOf(program) };

        void Global(bool isSet, string property)
        {
            if (isSet)
                arguments.AddRange(["-global", $"migration.{property}"]);
        }
    }

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
