using FsCheck.Xunit;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests;

[Properties(Arbitrary = [typeof(ScenarioArbitrary)], Replay = ScenarioArbitrary.Replay)]
public class ScenarioProperties
{
    // One runner for all: what a run leaves behind must not show in the next.
    private static readonly ScenarioRunner Runner = new();

    [Property(MaxTest = 200)]
    public void Every_scenario_passes(ScenarioOptions options)
    {
        RunResult result = Runner.Run(options);
        Assert.True(result.Verdict == Verdict.Passed, $"seed {options.Seed}: {result.Check}: {result.Message}");
    }

    [Property(MaxTest = 50)]
    public void Replaying_the_decisions_of_a_run_is_the_same_run(ScenarioOptions options)
    {
        RunResult drawn = Runner.Run(options);
        RunResult replayed = Runner.Run(options, new RunRequest { Schedule = drawn.Choices.Copy() });
        Assert.Equal(drawn.TraceHash, replayed.TraceHash);
        Assert.Null(replayed.FirstDivergence);
    }

    [Property(MaxTest = 50)]
    public void A_recipe_of_the_drawn_scenario_and_its_decisions_is_the_same_run(ScenarioOptions options)
    {
        RunResult drawn = Runner.Run(options);
        Recipe recipe = Recipe.Parse(Recipes.Of(options, drawn.Choices.FormatValues()).ToJson());
        Assert.Equal(drawn.TraceHash, Runner.Run(recipe.Options, new RunRequest { Schedule = recipe.ToChoices() }).TraceHash);
    }

    [Property(MaxTest = 100)]
    public void A_smaller_scenario_is_another_valid_one(ScenarioOptions options)
    {
        string whole = options.ToJson();
        Assert.All(ScenarioSimplifications.Of(options), smaller =>
        {
            Assert.Null(smaller.Problem());
            Assert.NotEqual(whole, smaller.ToJson());
        });
    }
}
