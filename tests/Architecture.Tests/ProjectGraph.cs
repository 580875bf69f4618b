namespace Architecture.Tests;

/// <summary>Which project may reference what. A project that is not in the table needs a place first.</summary>
internal static class ProjectGraph
{
    /// <summary>The one library of the tests: what several of them need.</summary>
    private const string TestKit = "TestKit";

    private sealed record Place(string[] References, string[] Packages);

    private static readonly Dictionary<string, Place> Places = new(StringComparer.Ordinal)
    {
        ["Qemu.Migration.Wire"] = new([], []),
        ["Qemu.Migration.Destination"] = new(["Qemu.Migration.Wire"], ["ZstdSharp.Port"]),
        ["Qemu.Migration.Incoming.Parsing"] = new(["Qemu.Migration.Destination"], []),
        ["Qemu.Migration.Incoming"] = new(
            ["Qemu.Migration.Incoming.Parsing"], ["Spectre.Console", "System.CommandLine", "ZstdSharp.Port"]),
        ["Simulation.Engine"] = new([], []),
        ["Simulation.Templates"] = new([], []),
        ["Simulation.Source"] = new(["Qemu.Migration.Wire", "Simulation.Engine"], ["Bogus", "ZstdSharp.Port"]),
        ["Simulation.Oracle"] = new([], ["ZstdSharp.Port"]),
        ["Simulation.Scenarios"] = new(
            ["Qemu.Migration.Destination", "Simulation.Engine", "Simulation.Oracle", "Simulation.Source"], []),
        ["Simulation.Campaigns"] = new(["Simulation.Scenarios"], []),
        ["Simulation.Conformance"] = new(["Simulation.Scenarios"], []),
        ["Simulation.Schedules"] = new(["Qemu.Migration.Destination", "Simulation.Engine"], []),
        ["Simulation.Coyote"] = new(
            ["Simulation.Schedules"], ["Microsoft.ApplicationInsights", "Microsoft.Coyote.Test", "Mono.Cecil"]),
        ["Simulation.PlantedBugs"] = new(
            ["Qemu.Migration.Incoming.Parsing", "Simulation.Coyote", "Simulation.Scenarios", "Simulation.Schedules"], ["Microsoft.CodeAnalysis.CSharp"]),
        ["Simulation.Runner"] = new(
            [
                "Fuzzing.Instrumentation", "Fuzzing.Targets", "Simulation.Campaigns", "Simulation.Conformance", "Simulation.PlantedBugs",
                "Simulation.Scenarios", "Simulation.Schedules",
            ],
            ["Spectre.Console", "System.CommandLine"]),
        ["Fuzzing.Engine"] = new(["Simulation.Engine"], []),
        ["Fuzzing.Instrumentation"] = new(["Fuzzing.Engine"], ["Mono.Cecil"]),
        ["Fuzzing.Xunit"] = new(["Fuzzing.Engine", "Fuzzing.Instrumentation"], ["xunit.extensibility.execution"]),
        ["Fuzzing.Targets"] = new(["Fuzzing.Engine", "Qemu.Migration.Incoming.Parsing", "Simulation.Scenarios"], []),
        ["Fuzzing.LibFuzzer"] = new(["Fuzzing.Targets"], []),
        ["Fuzzing.SharpFuzz"] = new(["Fuzzing.Targets"], ["SharpFuzz"]),
        ["Fuzzing.Runner"] = new(
            ["Fuzzing.Instrumentation", "Fuzzing.Targets", "Simulation.PlantedBugs"],
            ["ReportGenerator", "SharpFuzz", "Spectre.Console", "System.CommandLine"]),
    };

    /// <summary>One sentence for each reference, package or project that has no business where it is.</summary>
    public static IEnumerable<string> OutOfPlace(IReadOnlyList<Project> projects) => projects.SelectMany(project =>
        project.Room == "tests" ? TestOutOfPlace(project) : ProductOutOfPlace(project, projects));

    private static IEnumerable<string> ProductOutOfPlace(Project project, IReadOnlyList<Project> projects)
    {
        if (!Places.TryGetValue(project.Name, out Place? place))
            return [$"{project.Path} has no place in the project graph."];
        IEnumerable<string> references = project.References.Except(place.References)
            .Select(reference => $"{project.Name} may not reference {reference}.");
        IEnumerable<string> executables = project.References
            .Where(reference => projects.Any(other => other.Name == reference && other.IsExecutable))
            .Select(reference => $"{project.Name} references the executable {reference}.");
        IEnumerable<string> packages = project.Packages.Except(place.Packages)
            .Select(package => $"{project.Name} may not use the package {package}.");
        return references.Concat(executables).Concat(packages);
    }

    // Tests may look at every room but not at each other. A reference to an executable is for build order: they start it.
    private static IEnumerable<string> TestOutOfPlace(Project project)
    {
        if (!IsTest(project.Name) && !project.Name.EndsWith(".Benchmarks", StringComparison.Ordinal) && project.Name != TestKit)
            yield return $"{project.Path} is in tests but is named neither .Tests nor .Benchmarks nor {TestKit}.";
        foreach (string reference in project.References.Where(IsTest))
            yield return $"{project.Name} may not reference {reference}.";
    }

    private static bool IsTest(string name) => name.EndsWith(".Tests", StringComparison.Ordinal);
}
