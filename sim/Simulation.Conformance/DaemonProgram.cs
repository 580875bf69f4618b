using System.ComponentModel;
using System.Diagnostics;

namespace Simulation.Conformance;

/// <summary>This project's daemon, <c>incoming serve</c>.</summary>
/// <param name="Path">The program.</param>
internal sealed record DaemonProgram(string Path) : IDestinationProgram
{
    private const string FileName = "incoming";
    private const string Project = "src/Qemu.Migration.Incoming";

    /// <inheritdoc/>
    public string Name => FileName;

    /// <inheritdoc/>
    public string Version { get; } = VersionOf(Path);

    /// <summary>The daemon of which this one is a copy, with a bug planted; else null.</summary>
    public DaemonProgram? Original { get; init; }

    /// <summary>The id of that bug, or null.</summary>
    public string? Bug { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments => Original is null ? ["--under-test", $"daemon:{Path}"] : [.. Original.Arguments, "--bug", Bug!];

    /// <inheritdoc/>
    public bool IsOurs => true;

    /// <inheritdoc/>
    public bool ListensByItself => false;

    /// <inheritdoc/>
    public bool HasFixedMachine => false;

    /// <inheritdoc/>
    public SourceDialect Dialect => SourceDialect.Today;

    /// <summary>Finds the daemon: beside this program, where the repository builds it, or on PATH.</summary>
    /// <returns>The daemon.</returns>
    /// <exception cref="DestinationMissingException">It is nowhere.</exception>
    public static DaemonProgram Find()
    {
        DirectoryInfo here = new(AppContext.BaseDirectory);
        string beside = System.IO.Path.Combine(here.FullName, FileName);
        if (File.Exists(beside))
            return new(beside);
        for (DirectoryInfo? root = here; root is not null; root = root.Parent)
        {
            string built = System.IO.Path.Combine(root.FullName, Project, "bin", here.Parent!.Name, here.Name, FileName);
            if (File.Exists(built))
                return new(built);
        }

        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(System.IO.Path.PathSeparator) ?? [];
        return folders.Select(folder => System.IO.Path.Combine(folder, FileName)).FirstOrDefault(File.Exists) is { } installed
            ? new(installed)
            : throw new DestinationMissingException(
                $"there is no {FileName} on PATH: install it, build it (dotnet build {Project} -c Release), or name it with --under-test daemon:PATH");
    }

    /// <inheritdoc/>
    public DestinationCommand CommandFor(RefereeCase played, DestinationFiles files)
    {
        List<string> arguments = ["serve", "--qmp", $"unix:{files.Monitor}", "--memory-file", files.Ram, "--machine", files.Machine];
        if (!played.Autostart)
            arguments.Add("-S");
        return new(Path, arguments) { ServesMonitorSocket = true };
    }

    private static string VersionOf(string path)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true })!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return $"{FileName} {text.Split('\n')[0].Trim()}";
        }
        catch (Win32Exception)
        {
            throw new DestinationMissingException($"there is no '{path}'");
        }
    }
}
