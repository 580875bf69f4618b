using Fuzzing.Targets;

namespace Fuzzing.Runner;

/// <summary>Where things lie: seeds and regressions in the repository, what a run makes under <c>artifacts/fuzz</c>.</summary>
internal static class Folders
{
    private static readonly string Root = FindRoot();

    /// <summary>The room of all recorded, crafted and generated streams.</summary>
    public static string RecordedCorpus => Path.Combine(Root, "corpus");

    /// <summary>What runs make.</summary>
    public static string Artifacts => Path.Combine(Root, "artifacts", "fuzz");

    /// <summary>The project of the native binaries.</summary>
    public static string NativeProject => Path.Combine(Root, "fuzz", "Fuzzing.LibFuzzer", "Fuzzing.LibFuzzer.csproj");

    /// <summary>The project of the program for SharpFuzz.</summary>
    public static string SharpFuzzProject => Path.Combine(Root, "fuzz", "Fuzzing.SharpFuzz", "Fuzzing.SharpFuzz.csproj");

    /// <summary>The seeds of a target.</summary>
    /// <param name="target">Its name.</param>
    public static string Seeds(string target) => Path.Combine(Root, "corpus", "seeds", target);

    /// <summary>Inputs of a target that once were findings.</summary>
    /// <param name="target">Its name.</param>
    public static string Regressions(string target) => Path.Combine(Root, "corpus", "regressions", target);

    /// <summary>The corpus that runs of a target grow.</summary>
    /// <param name="target">Its name.</param>
    public static string Corpus(string target) => Path.Combine(Artifacts, target, "corpus");

    /// <summary>The findings of a target.</summary>
    /// <param name="target">Its name.</param>
    public static string Findings(string target) => Path.Combine(Artifacts, target, "findings");

    /// <summary>What a session with a planted bug makes, apart from everything else.</summary>
    /// <param name="bug">The bug's id.</param>
    public static string Planted(string bug) => Path.Combine(Artifacts, "planted", bug);

    /// <summary>The file of a worker's status.</summary>
    /// <param name="target">Its target.</param>
    /// <param name="name">Its name within the process.</param>
    public static string Status(string target, string name) =>
        Path.Combine(Artifacts, target, $"{name}-{Environment.ProcessId}.status");

    /// <summary>The target that a file is for, by the folder it lies in.</summary>
    /// <param name="file">Its path.</param>
    /// <returns>The target's name, or null when no folder is named like a target.</returns>
    public static string? TargetOf(string file)
    {
        string[] names = [.. TargetCatalogue.Names];
        return Path.GetFullPath(file).Split(Path.DirectorySeparatorChar).LastOrDefault(names.Contains);
    }

    /// <summary>A path as it is shown: from the current folder where it lies below it.</summary>
    /// <param name="path">The path.</param>
    public static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Simulation.sln")))
                return folder.FullName;
        }
        return Environment.CurrentDirectory;
    }
}
