using System.Reflection;
using System.Text.Json.Nodes;
using Processes;
using Simulation.Conformance.Drawn;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Tests.Processes;

namespace Simulation.Tests.Conforming;

/// <summary>Drawn scenarios for a program under test, as a user meets them: our daemon holds what applies to it, a bug in it is found, and what a
/// real QEMU is known to do has its letter.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class UnderTestTests
{
    private const string Qemu = "qemu-system-x86_64";

    private static string Incoming => Path.Combine(AppContext.BaseDirectory, "incoming");

    private static string Daemon => $"daemon:{Incoming}";

    [Fact]
    public void Our_daemon_holds_every_scenario()
    {
        SimulateProcess.Result result = SimulateProcess.Run("range", "--from", "1", "--count", "48", "--under-test", Daemon, "--json");

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Equal(48, result.Lines.Length);
        Assert.All(Parse(result), line => Assert.Equal("held", (string?)line["verdict"]));
        Assert.Equal(Enumerable.Range(1, 48), Parse(result).Select(line => (int)line["seed"]!));
    }

    [Theory]
    [InlineData("stranger-fails-the-migration", "36", "4", "outcome")]
    [InlineData("no-shut-after-failure", "32", "3", "reports")]
    public void Bug_in_our_daemon_is_found_and_the_command_shows_it_again(string bug, string from, string count, string property)
    {
        SimulateProcess.Result result = SimulateProcess.Run("range", "--from", from, "--count", count, "--under-test", Daemon, "--bug", bug, "--json");

        Assert.Equal(1, result.ExitCode);
        JsonNode[] found = [.. Parse(result).Where(line => (string?)line["verdict"] == "new finding")];
        Assert.Contains(found, line => (string?)line["property"] == property);
        SimulateProcess.Result again = SimulateProcess.RunLine(Environment.CurrentDirectory, (string)found[0]["command"]!);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains((string)found[0]["message"]!, again.Output);
    }

    // The seeds that meet them first.
    [SkippableTheory]
    [InlineData("84", "L1")]
    [InlineData("161", "L4")]
    [InlineData("38", "L5")]
    [InlineData("7", "L7")]
    [InlineData("3", "L10")]
    [InlineData("92", "STALL")]
    [InlineData("232", "TWICE")]
    public void Known_fault_of_a_real_destination_is_found_with_its_letter(string seed, string letter)
    {
        Needs.That(HasQemu(), "run .ci/install-qemu");

        SimulateProcess.Result result = SimulateProcess.Run("run", "--seed", seed, "--under-test", $"qemu:{Qemu}", "--json");

        JsonNode line = Parse(result).Single();
        Assert.Equal("listed fault", (string?)line["verdict"]);
        Assert.Equal(letter, (string?)line["knownFault"]);
        Assert.Equal(1, result.ExitCode);
    }

    [SkippableFact]
    public void Table_says_what_held_what_is_listed_and_what_does_not_apply()
    {
        Needs.That(HasQemu(), "run .ci/install-qemu");

        SimulateProcess.Result result = SimulateProcess.Run("range", "--from", "1", "--count", "30", "--under-test", $"qemu:{Qemu}");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("listed L7", result.Output);
        Assert.Contains("first: seed 7, outcome: ", result.Output);
        Assert.Contains($"replay {new Simulation.Scenarios.Tokens.ReplayToken(7)} --under-test qemu:{Qemu}", result.Output);
    }

    [Fact]
    public void Any_command_can_be_judged_and_what_it_cannot_be_told_has_a_reason()
    {
        string line = $"{Incoming} serve --qmp unix:{{qmp}} --memory-file {{ram}} --block m0=1M";

        SimulateProcess.Result result = SimulateProcess.Run("range", "--from", "1", "--count", "24", "--under-test", line, "--json");

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        JsonNode[] others = [.. Parse(result).Where(cell => (string?)cell["verdict"] != "held")];
        Assert.InRange(others.Length, 1, 20);
        Assert.All(others, cell => Assert.Equal("not applicable", (string?)cell["verdict"]));
        Assert.All(others, cell => Assert.NotEqual("", (string?)cell["message"]));
    }

    [Fact]
    public void What_timing_decides_is_repeated()
    {
        SimulateProcess.Result result = SimulateProcess.Run("run", "--seed", "106", "--under-test", Daemon, "--times", "3", "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(3, (int)Parse(result).Single()["runs"]!);
    }

    [Theory]
    [InlineData(64, "--guided is for virtual time", "range", "--guided", "--under-test", "daemon:incoming")]
    [InlineData(64, "--trace is for virtual time", "replay", "7", "--trace", "--under-test", "daemon:incoming")]
    [InlineData(64, "daemon:PATH, qemu:PATH, or a command", "run", "--seed", "7", "--under-test", "incoming")]
    [InlineData(2, "there is no '/nowhere/incoming'", "run", "--seed", "7", "--under-test", "daemon:/nowhere/incoming")]
    [InlineData(2, "it does not serve QMP", "run", "--seed", "106", "--under-test", "true {qmp} {ram}")]
    public void What_cannot_be_judged_is_said(int exitCode, string message, params string[] arguments)
    {
        SimulateProcess.Result result = SimulateProcess.Run(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Errors + result.Output);
    }

    [Fact]
    public void Each_part_of_a_scenario_is_given_or_has_a_reason()
    {
        string[] parts = [.. ScenarioPart.All.Select(part => part.Member)];
        Assert.Equal(parts.Distinct(), parts);
        Assert.All(ScenarioPart.All, part => Assert.NotNull(Find(typeof(ScenarioOptions), part.Member.Split('.'))));
        foreach (PropertyInfo member in typeof(ScenarioOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Assert.Contains(member.Name, parts);
    }

    private static Type? Find(Type type, string[] path)
    {
        foreach (string name in path)
        {
            if (type.GetProperty(name) is not { } member)
                return null;
            type = member.PropertyType.IsGenericType && member.PropertyType.GetGenericArguments() is [var item] ? item : member.PropertyType;
        }

        return type;
    }

    private static JsonNode[] Parse(SimulateProcess.Result result) => [.. result.Lines.Select(line => JsonNode.Parse(line)!)];

    private static bool HasQemu() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, Qemu)));
}
