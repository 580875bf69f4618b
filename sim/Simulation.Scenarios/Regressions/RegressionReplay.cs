using System.Globalization;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Scenarios.Regressions;

/// <summary>Replays cases that failed once: each has to pass from then on.</summary>
public static class RegressionReplay
{
    /// <summary>Replays a case, loosely: where its schedule no longer fits, the seeded scheduler goes on.</summary>
    /// <param name="recipe">The case.</param>
    /// <param name="run">Runs a scenario.</param>
    /// <returns>Null when it passes; else one sentence that says what is wrong, and whether the schedule still fitted.</returns>
    public static string? Failure(Recipe recipe, RunScenario run)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(run);
        RunResult result = run(recipe.Options, new RunRequest { Schedule = recipe.ToChoices() });
        if (result.Verdict == Verdict.Passed)
            return null;
        string fit = result.FirstDivergence is { } divergence ? $"its schedule did not fit: {divergence}" : "its schedule fitted";
        return result.Check == recipe.Check
            ? $"{recipe.Name} fails again ({fit}): {result.Message}"
            : $"{recipe.Name} fails another way, {result.Check ?? "the harness"} ({fit}): {result.Message}";
    }
}
