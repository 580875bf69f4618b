using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Regressions;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests.Campaigns;

public class RegressionTests
{
    private static readonly ScenarioRunner Runner = new();

    private static string Folder => Path.Combine(Repository.Root, "corpus", "regressions");

    // There may be no case yet; that one which fails would be seen is shown below.
    [Fact]
    public void Every_case_that_failed_once_passes() => Assert.All(
        Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.json") : [],
        file =>
        {
            Recipe recipe = Recipe.Parse(File.ReadAllText(file));
            Assert.Equal(recipe.Name, Path.GetFileNameWithoutExtension(file));
            Assert.Null(RegressionReplay.Failure(recipe, Runner.Run));
        });

    [Fact]
    public void Case_that_fails_again_is_seen() => Assert.Matches(
        "^Canary-[0-9a-f]{8} fails again \\(its schedule fitted\\): it sang$",
        RegressionReplay.Failure(Recipes.Of(ScenarioOptions.Draw(1), "1"), Sing(null, "Canary")));

    [Fact]
    public void Case_that_fails_another_way_is_seen_with_the_place_where_its_schedule_no_longer_fitted() => Assert.Matches(
        "^Canary-[0-9a-f]{8} fails another way, Parrot \\(its schedule did not fit: decision 4 was way 2 of 3 at channel.read and is one of 2 at monitor\\): it sang$",
        RegressionReplay.Failure(Recipes.Of(ScenarioOptions.Draw(1), "1"), Sing(new Divergence(4, new Choice("channel.read", 3, 2), "monitor", 2), "Parrot")));

    [Fact]
    public void Case_is_replayed_with_its_scenario_and_its_decisions()
    {
        Recipe recipe = Recipes.Of(ScenarioOptions.Draw(1), "0x17,2");
        (string Scenario, string? Choices) seen = ("", null);
        Assert.Null(RegressionReplay.Failure(recipe, (options, request) =>
        {
            seen = (options.ToJson(), request.Schedule?.FormatValues());
            return StandIn.Result(options.Seed);
        }));
        Assert.Equal((recipe.Options.ToJson(), "0x17,2"), seen);
    }

    private static RunScenario Sing(Divergence? firstDivergence, string check) => (options, _) =>
        StandIn.Result(options.Seed, Verdict.Violated, check, "it sang") with { FirstDivergence = firstDivergence };
}
