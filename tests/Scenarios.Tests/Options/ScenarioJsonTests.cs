using System.Text.Json.Nodes;
using Simulation.Engine.Fabric;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;

namespace Scenarios.Tests.Options;

public sealed class ScenarioJsonTests
{
    // Nothing but what is required.
    private const string Plainest = """
        {
          "format": 1, "machine": {}, "blocks": [{"name": "m0", "pages": 1}],
          "guest": {"content": {"zero": 1, "text": 0, "random": 0, "repeated": 0, "sparse": 0}},
          "migration": {}, "link": {}, "monitor": {}
        }
        """;

    [Fact]
    public void Drawn_scenario_survives_the_way_through_json() => Assert.All(SeedRange.Of(1, 500), seed =>
    {
        string json = ScenarioOptions.Draw(seed).ToJson();
        Assert.Equal(json, ScenarioOptions.FromJson(json).ToJson());
    });

    [Fact]
    public void Scenario_read_from_json_is_the_same_run()
    {
        using ScenarioRunner runner = new();
        Assert.All(SeedRange.Of(1, 25), seed =>
        {
            ScenarioOptions drawn = ScenarioOptions.Draw(seed);
            ulong hash = runner.Run(drawn).TraceHash;
            Assert.Equal(hash, runner.Run(ScenarioOptions.FromJson(drawn.ToJson())).TraceHash);
        });
    }

    [Fact]
    public void Absent_members_mean_the_plainest_values()
    {
        ScenarioOptions plain = ScenarioOptions.FromJson(Plainest);
        Assert.Equal(0UL, plain.Seed);
        Assert.Equal(new MachineOptions(), plain.Machine);
        Assert.Equal(new MigrationOptions(), plain.Migration);
        Assert.Equal(LinkOptions.Perfect, plain.Link);
        Assert.Equal(new HostOptions(), plain.Host);
        Assert.Equal(new MonitorOptions(), plain.Monitor);
        Assert.Empty(plain.Faults);
        Assert.Empty(plain.Strangers);
        Assert.Empty(plain.Deviations);
        Assert.Null(plain.PoisonByte);
        Assert.Null(plain.Strategy);
        Assert.False(plain.Blocks[0].Shared);
    }

    [Fact]
    public void Plainest_scenario_runs_and_completes()
    {
        using ScenarioRunner runner = new();
        RunResult result = runner.Run(ScenarioOptions.FromJson(Plainest));
        Assert.Equal(Verdict.Passed, result.Verdict);
        Assert.Equal(Qemu.Migration.Destination.MigrationStatus.Completed, result.FinalStatus);
    }

    [Theory]
    [InlineData("machine")]
    [InlineData("blocks")]
    [InlineData("guest")]
    [InlineData("migration")]
    [InlineData("link")]
    [InlineData("monitor")]
    [InlineData("format")]
    public void Scenario_that_lacks_a_part_is_refused(string member)
    {
        JsonObject json = JsonNode.Parse(Plainest)!.AsObject();
        json.Remove(member);
        Assert.Contains(member, Refusal(json.ToJsonString()), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("colour")]
    [InlineData("machine.colour")]
    [InlineData("migration.colour")]
    [InlineData("blocks.0.colour")]
    [InlineData("guest.content.colour")]
    [InlineData("link.colour")]
    [InlineData("monitor.colour")]
    public void Member_that_does_not_exist_is_refused(string path)
    {
        JsonNode json = JsonNode.Parse(Plainest)!;
        JsonNode at = json;
        string[] steps = path.Split('.');
        foreach (string step in steps[..^1])
            at = at is JsonArray array ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]! : at[step]!;
        at[steps[^1]] = 1;
        Assert.Contains("colour", Refusal(json.ToJsonString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Another_version_of_the_format_is_refused(int version)
    {
        JsonObject json = JsonNode.Parse(Plainest)!.AsObject();
        json["format"] = version;
        Assert.Contains($"format {version} is not 1", Refusal(json.ToJsonString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"seed\": -1}")]
    public void What_is_no_scenario_is_refused(string json) => Refusal(json);

    [Fact]
    public void Scenario_that_contradicts_itself_is_refused() =>
        Assert.Contains("mapped-ram needs a file", Refusal(Plainest.Replace(
            "\"migration\": {}", "\"migration\": {\"mappedRam\": true}", StringComparison.Ordinal)), StringComparison.Ordinal);

    private static string Refusal(string json) => Assert.Throws<FormatException>(() => ScenarioOptions.FromJson(json)).Message;
}
