namespace Architecture.Tests;

public class SolutionTests
{
    private const string ClassicHeader = "Microsoft Visual Studio Solution File, Format Version 12.00";

    private static readonly string[] Rooms = ["src", "sim", "fuzz", "corpus", "tests", "Simulation.sln", "README.md"];

    private static readonly string[] BuildFiles =
    [
        "global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
        ".editorconfig", ".gitattributes", ".gitignore", ".ci",
    ];

    [Fact]
    public void Top_level_is_the_rooms_and_the_build_files() =>
        Violations.None(TopLevelViolations(Repository.TopLevel()));

    [Fact]
    public void Top_level_name_too_many_or_too_few_is_named() => Assert.Equal(
        ["docs has no place at the top level.", "README.md is missing."],
        TopLevelViolations(["docs", "global.json", .. Rooms.Except(["README.md"])]));

    [Fact]
    public void Each_project_is_in_the_classic_solution() => Violations.None(
        SolutionViolations(Repository.Read("Simulation.sln"), Repository.Projects().Select(project => project.Path)));

    [Fact]
    public void Project_missing_from_the_solution_is_named() => Assert.Equal(
        ["Simulation.sln is not in the classic format.", "src/A/A.csproj is not in Simulation.sln."],
        SolutionViolations("<Solution><Project Path=\"src/B/B.csproj\" /></Solution>", ["src/A/A.csproj"]));

    private static IEnumerable<string> TopLevelViolations(IEnumerable<string> names)
    {
        string[] present = [.. names];
        return present.Except(Rooms).Except(BuildFiles).Select(name => $"{name} has no place at the top level.")
            .Concat(Rooms.Except(present).Select(name => $"{name} is missing."));
    }

    private static IEnumerable<string> SolutionViolations(string solution, IEnumerable<string> projects)
    {
        if (!solution.Trim('\uFEFF', '\r', '\n').StartsWith(ClassicHeader, StringComparison.Ordinal))
            yield return "Simulation.sln is not in the classic format.";
        foreach (string project in projects.Where(path => !solution.Contains($"\"{path.Replace('/', '\\')}\"")))
            yield return $"{project} is not in Simulation.sln.";
    }
}
