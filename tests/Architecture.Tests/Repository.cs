using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>The checkout under test: where it stands and which files in it are ours; build output never counts.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Folder names that builds and tests write, as <c>.gitignore</c> lists them.</summary>
    private static readonly HashSet<string> Ignored = File.ReadAllLines(Path.Combine(Root, ".gitignore"))
        .Where(line => line.EndsWith('/'))
        .Select(line => line.TrimEnd('/'))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Names directly under the root, without build output and without <c>.git</c>.</summary>
    public static IEnumerable<string> TopLevel() => Directory.EnumerateFileSystemEntries(Root)
        .Select(path => Path.GetFileName(path))
        .Where(name => name != ".git" && !Ignored.Contains(name))
        .Order(StringComparer.Ordinal);

    /// <summary>Files of the given rooms whose names end as asked, relative to the root, sorted.</summary>
    public static IEnumerable<string> Files(string ending, params string[] rooms) => rooms
        .Select(room => Path.Combine(Root, room))
        .Where(Directory.Exists)
        .SelectMany(Walk)
        .Where(path => path.EndsWith(ending, StringComparison.Ordinal))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static string Read(string relativePath) => File.ReadAllText(Path.Combine(Root, relativePath));

    public static bool Exists(string relativePath) => Path.Exists(Path.Combine(Root, relativePath));

    public static IReadOnlyList<Project> Projects() => [.. Files(".csproj", "src", "sim", "fuzz", "tests")
        .Select(path => Project.Parse(path, XDocument.Parse(Read(path))))];

    /// <summary>The C# files of the layers that run in all hosts: every library of <c>src</c> and <c>sim</c>.</summary>
    public static IEnumerable<string> DeterministicSources() => Projects()
        .Where(project => project.IsDeterministicLayer)
        .SelectMany(project => Files(".cs", project.Folder));

    private static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(inner => !Ignored.Contains(Path.GetFileName(inner)))
            .SelectMany(Walk));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Simulation.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests has a Simulation.sln.");
    }
}
