using System.Xml.Linq;

namespace Architecture.Tests;

public class ProjectGraphTests
{
    [Fact]
    public void Each_project_references_only_what_its_place_allows() =>
        Violations.None(ProjectGraph.OutOfPlace(Repository.Projects()));

    [Fact]
    public void Each_room_that_has_projects_is_read() =>
        Assert.Superset(
            new HashSet<string> { "src", "sim", "tests" },
            Repository.Projects().Select(project => project.Room).ToHashSet());

    [Theory]
    [InlineData("src/Qemu.Migration.Wire", "Qemu.Migration.Destination", "may not reference")]
    [InlineData("src/Qemu.Migration.Destination", "Simulation.Engine", "may not reference")]
    [InlineData("sim/Simulation.Oracle", "Qemu.Migration.Wire", "may not reference")]
    [InlineData("sim/Simulation.Scenarios", "Qemu.Migration.Incoming", "references the executable")]
    [InlineData("sim/Simulation.New", "Qemu.Migration.Wire", "has no place")]
    [InlineData("tests/Wire.Tests", "Oracle.Tests", "may not reference")]
    [InlineData("tests/Helpers", "Qemu.Migration.Wire", "is in tests")]
    public void Reference_out_of_place_is_named(string folder, string reference, string violation)
    {
        Project daemon = Parse("src/Qemu.Migration.Incoming", "<OutputType>Exe</OutputType>");
        Project sample = Parse(folder, $"<ProjectReference Include=\"..\\x\\{reference}.csproj\" />");
        Assert.Contains(ProjectGraph.OutOfPlace([daemon, sample]), text => text.Contains(violation));
    }

    [Fact]
    public void Package_out_of_place_is_named()
    {
        Project sample = Parse("src/Qemu.Migration.Wire", "<PackageReference Include=\"Bogus\" />");
        Assert.Equal(["Qemu.Migration.Wire may not use the package Bogus."], ProjectGraph.OutOfPlace([sample]));
    }

    [Fact]
    public void Package_versions_are_central() =>
        Assert.All(Repository.Projects(), project => Assert.Empty(project.OwnVersions));

    [Theory]
    [InlineData("<PackageReference Include=\"Bogus\" Version=\"1.0\" />")]
    [InlineData("<PackageReference Include=\"Bogus\" VersionOverride=\"1.0\" />")]
    [InlineData("<PackageReference Include=\"Bogus\"><Version>1.0</Version></PackageReference>")]
    public void Package_version_in_a_project_is_named(string item) =>
        Assert.Equal(["Bogus"], Parse("src/Sample", item).OwnVersions);

    private static Project Parse(string folder, string content) =>
        Project.Parse($"{folder}/{Path.GetFileName(folder)}.csproj", XDocument.Parse($"<Project>{content}</Project>"));
}
