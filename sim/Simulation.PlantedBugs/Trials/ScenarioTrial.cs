using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.PlantedBugs.Trials;

/// <summary>
/// The simulator as a planted world is asked for it: bind <see cref="Open"/> there, then judge seeds on one thread. All that crosses is
/// made of the platform's types.
/// </summary>
public static class ScenarioTrial
{
    /// <summary>Makes a simulator that is used again and again by one thread.</summary>
    /// <returns>Runs what a seed draws: the name of the verdict, the check that was violated or null, one sentence about it or null,
    /// and the hash of everything that happened.</returns>
    public static Func<ulong, (string Verdict, string? Check, string? Message, ulong TraceHash)> Open()
    {
        ScenarioRunner runner = new();
        return seed =>
        {
            RunResult result = runner.Run(ScenarioOptions.Draw(seed));
            return (result.Verdict.ToString(), result.Check, result.Message, result.TraceHash);
        };
    }

    /// <summary>Shrinks what a seed found.</summary>
    /// <param name="seed">A seed whose run does not pass.</param>
    /// <param name="maximumRuns">How many runs it may take.</param>
    /// <returns>The smallest case as a recipe's JSON, and the runs it took; null when the run passes.</returns>
    public static (string RecipeJson, int Runs)? Shrink(ulong seed, int maximumRuns)
    {
        using ScenarioRunner runner = new();
        (Recipe Recipe, int Runs)? shrunk = ScenarioShrinking.Shrink(
            runner.Run, new FailingCase(ScenarioOptions.Draw(seed), null), new ReplayToken(seed), maximumRuns);
        return shrunk is { } smallest ? (smallest.Recipe.ToJson(), smallest.Runs) : null;
    }
}
