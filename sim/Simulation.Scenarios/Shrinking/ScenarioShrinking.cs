using Simulation.Engine.Choices;
using Simulation.Scenarios.Tokens;

namespace Simulation.Scenarios.Shrinking;

/// <summary>Shrinks what a run showed, and writes it out.</summary>
public static class ScenarioShrinking
{
    /// <summary>Shrinks a failing run, keeping the check that it violates.</summary>
    /// <param name="run">Runs a scenario.</param>
    /// <param name="found">The case as it was found.</param>
    /// <param name="foundWith">The token it was found with.</param>
    /// <param name="maximumRuns">How many runs it may take.</param>
    /// <returns>The smallest case reached; null when the run passes.</returns>
    public static (Recipe Recipe, int Runs)? Shrink(
        RunScenario run, FailingCase found, string foundWith, int maximumRuns = Shrinker.DefaultMaximumRuns)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(foundWith);
        RunResult first = run(found.Options, new RunRequest { Schedule = found.Choices });
        if (first.Verdict == Verdict.Passed)
            return null;
        (Verdict verdict, string? check) = (first.Verdict, first.Check);
        Shrinker shrinker = new((options, schedule) => Decisions(run, options, schedule, verdict, check), maximumRuns);
        FailingCase smallest = shrinker.Shrink(found) ?? found;
        RunResult last = run(smallest.Options, new RunRequest { Schedule = smallest.Choices });
        Recipe recipe = new()
        {
            Check = check ?? Recipe.HarnessCheck,
            Message = last.Message,
            FoundWith = foundWith,
            Schedule = smallest.Choices is { } choices ? ScheduleReduction.Describe(choices) : null,
            Choices = smallest.Choices is { } edited ? AsTaken(edited, last.Choices).Format() : null,
            Options = smallest.Options,
        };
        return (recipe, shrinker.Runs + 2);
    }

    // An edited log has no places: those of the run that took its decisions are the ones that a replay must meet again.
    private static ChoiceLog AsTaken(ChoiceLog edited, ChoiceLog taken) =>
        new([.. edited.AsSpan().ToArray().Select((choice, index) => index < taken.Count && taken[index].Value == choice.Value ? taken[index] : choice)]);

    private static ChoiceLog? Decisions(
        RunScenario run, ScenarioOptions options, ChoiceLog? schedule, Verdict verdict, string? check)
    {
        RunResult result = run(options, new RunRequest { Schedule = schedule });
        return result.Verdict == verdict && result.Check == check ? result.Choices.Copy() : null;
    }
}
