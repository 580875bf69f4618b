using System.Text.RegularExpressions;

namespace Architecture.Tests;

public partial class ReadmeTests
{
    private const string TestCommand = "dotnet test Simulation.sln -c Release";

    [Fact]
    public void Readme_and_ci_run_the_same_test_command()
    {
        Assert.Contains(TestCommand, Commands(Repository.Read("README.md")));
        Assert.Contains(TestCommand, Repository.Read(".ci/run"), StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_in_the_commands_of_the_readme_exist() =>
        Violations.None(MissingPaths(Repository.Read("README.md")));

    [Fact]
    public void Readme_is_short() => Assert.InRange(Repository.Read("README.md").Split('\n').Length, 1, 151);

    [Fact]
    public void Links_between_pages_lead_somewhere() => Violations.None(Pages().SelectMany(page => DeadLinks(page, Repository.Read(page))));

    [Fact]
    public void Link_that_leads_nowhere_is_named() => Assert.Equal(
        ["src/README.md: Gone.cs"], DeadLinks("src/README.md", "[here](README.md#words), [gone](Gone.cs), [far](https://example.org)"));

    [Fact]
    public void Path_of_a_command_that_does_not_exist_is_named() => Assert.Equal(["sim/Gone"], MissingPaths("""
        Text about src/gone.
        ```sh
        dotnet run --project sim/Gone -- run --seed 7
        ```
        """));

    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(path => !path.Split('/').Intersect(["bin", "obj", "artifacts", "node_modules"]).Any());

    private static IEnumerable<string> DeadLinks(string page, string text) => Link().Matches(text)
        .Select(link => link.Groups["target"].Value.Split('#')[0])
        .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
        .Where(target => !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(page) ?? "", target)))
        .Select(target => $"{page}: {target}");

    // A path of this repository in a command is a word that starts in one of its rooms.
    private static IEnumerable<string> MissingPaths(string readme) => Commands(readme)
        .SelectMany(command => command.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(word => RoomPath().IsMatch(word) && !Repository.Exists(word));

    private static IEnumerable<string> Commands(string readme) => FencedBlock().Matches(readme)
        .SelectMany(block => block.Groups["body"].Value.Split('\n'))
        .Select(line => line.Split(" #")[0].Trim());

    [GeneratedRegex(@"^```\w*\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FencedBlock();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^(\./)?(src|sim|fuzz|corpus|tests|\.ci)/")]
    private static partial Regex RoomPath();
}
