namespace Fuzzing.Tests;

/// <summary>Where the inputs of the targets lie.</summary>
internal static class Corpus
{
    public static string Root { get; } = FindRoot();

    public static string Seeds(string target) => Path.Combine(Root, "corpus", "seeds", target);

    /// <summary>Seeds and regressions of a target.</summary>
    public static IEnumerable<string> Files(string target) => new[] { "seeds", "regressions" }
        .Select(room => Path.Combine(Root, "corpus", room, target))
        .Where(Directory.Exists)
        .SelectMany(Directory.EnumerateFiles)
        .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Simulation.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("the tests run below the folder of Simulation.sln");
    }
}
