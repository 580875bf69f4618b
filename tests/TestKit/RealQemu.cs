using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace TestKit;

/// <summary>
/// A real QEMU that tests and benchmarks run beside our own programs. They are the programs that <c>MIGRATION_QEMUS</c> lists, separated
/// by colons; without it <c>qemu-system-x86_64</c> on PATH, and those that <c>.ci/install-qemu-newest</c> puts into <c>/opt/qemu-*</c>.
/// </summary>
/// <param name="Program">The program, as it is started.</param>
/// <param name="Version">Its version.</param>
public sealed partial record RealQemu(string Program, Version Version)
{
    private const string Variable = "MIGRATION_QEMUS";
    private const string Installed = "qemu-system-x86_64";
    private const string Folder = "/opt";

    /// <summary>What to do where a test needs a QEMU and none is there.</summary>
    public const string HowToInstall = "run .ci/install-qemu and .ci/install-qemu-newest, or list programs in " + Variable;

    private static readonly Lazy<IReadOnlyList<RealQemu>> Found = new(Find);

    /// <summary>All that were found, one of each version, the oldest first.</summary>
    public static IReadOnlyList<RealQemu> All => Found.Value;

    /// <summary>The versions that a test takes, as rows of a theory. Where there is none, one row that <see cref="OfVersion"/> does not
    /// know, so that the test is there and can say why it is skipped.</summary>
    /// <param name="from">The oldest, by its first number.</param>
    /// <param name="to">The newest, by its first number.</param>
    /// <returns>Versions, e.g. <c>10.0.2</c>.</returns>
    public static IEnumerable<string> Versions(int from, int to = int.MaxValue) =>
        All.Where(qemu => qemu.Version.Major >= from && qemu.Version.Major <= to)
            .Select(qemu => qemu.Version.ToString())
            .DefaultIfEmpty(to == int.MaxValue ? $"{from} or later" : $"{from} to {to}");

    /// <summary>Finds a version.</summary>
    /// <param name="version">A row of <see cref="Versions"/>.</param>
    /// <returns>The QEMU, or null.</returns>
    public static RealQemu? OfVersion(string version) => All.FirstOrDefault(qemu => qemu.Version.ToString() == version);

    private static List<RealQemu> Find()
    {
        string? listed = Environment.GetEnvironmentVariable(Variable);
        IEnumerable<string> programs = listed is not null
            ? listed.Split(':', StringSplitOptions.RemoveEmptyEntries)
            : [Installed, .. Beside()];
        List<RealQemu> found = [];
        foreach (string program in programs)
        {
            if (VersionOf(program) is { } version)
                found.Add(new(program, version));
            else if (listed is not null)
                throw new InvalidOperationException($"{Variable} lists '{program}', which is no QEMU that runs here");
        }
        return [.. found.DistinctBy(qemu => qemu.Version).OrderBy(qemu => qemu.Version)];
    }

    private static IEnumerable<string> Beside() => !Directory.Exists(Folder) ? [] :
        Directory.GetDirectories(Folder, "qemu-*").Order(StringComparer.Ordinal).Select(folder => Path.Combine(folder, Installed)).Where(File.Exists);

    private static Version? VersionOf(string program)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
            Match version = VersionText().Match(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            return version.Success ? Version.Parse(version.Groups[1].Value) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^QEMU emulator version (\d+\.\d+\.\d+)")]
    private static partial Regex VersionText();
}
