using Simulation.Conformance;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;

namespace Simulation.Runner.Conforming;

/// <summary>Our daemon with a bug planted in it: a copy of its folder in which the destination is another.</summary>
internal sealed class PlantedDaemon : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("planted-daemon");

    /// <summary>Plants a bug.</summary>
    /// <param name="daemon">The daemon without it.</param>
    /// <param name="bug">The bug.</param>
    /// <exception cref="PlantingException">The bug cannot be planted.</exception>
    public PlantedDaemon(DaemonProgram daemon, PlantedBug bug)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(daemon.Path))!;
        foreach (string file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        foreach ((string assembly, byte[] image) in new DestinationCompiler().Compile(bug).Assemblies)
            File.WriteAllBytes(Path.Combine(_folder.FullName, $"{assembly}.dll"), image);
        Program = new(Path.Combine(_folder.FullName, Path.GetFileName(daemon.Path))) { Original = daemon, Bug = bug.Id };
    }

    /// <summary>The daemon with the bug.</summary>
    public DaemonProgram Program { get; }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
