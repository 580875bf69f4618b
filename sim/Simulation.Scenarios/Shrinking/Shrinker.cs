using Simulation.Engine.Choices;

namespace Simulation.Scenarios.Shrinking;

/// <summary>Runs a scenario and says whether it fails in the way that is being shrunk.</summary>
/// <param name="options">The scenario.</param>
/// <param name="schedule">The decisions to take, then the scenario's strategy; null for the strategy alone.</param>
/// <returns>The decisions that were taken, a copy, when it failed so; else null.</returns>
public delegate ChoiceLog? FailingRun(ScenarioOptions options, ChoiceLog? schedule);

/// <summary>A failing case.</summary>
/// <param name="Options">The scenario.</param>
/// <param name="Choices">The decisions to take; null where the scenario's strategy decides.</param>
public sealed record FailingCase(ScenarioOptions Options, ChoiceLog? Choices);

/// <summary>
/// Makes a failing case small on both axes: the scenario by what can be taken away from it, the schedule by going on with the current
/// task wherever that keeps the failure. A smaller scenario has other decisions to take, so where the schedule matters a candidate
/// is tried with several before it is given up.
/// </summary>
/// <param name="run">Runs a candidate.</param>
/// <param name="maximumRuns">How many runs it may take in all.</param>
public sealed class Shrinker(FailingRun run, int maximumRuns = Shrinker.DefaultMaximumRuns)
{
    /// <summary>Enough for the largest scenarios that are drawn.</summary>
    public const int DefaultMaximumRuns = 20_000;

    private const string Plain = "continue";
    private const int SchedulesPerCandidate = 32;

    /// <summary>Runs taken so far.</summary>
    public int Runs { get; private set; }

    /// <summary>Shrinks a case.</summary>
    /// <param name="failing">The case as it was found.</param>
    /// <returns>The smallest case reached, failing in the same way; null when the case does not fail.</returns>
    public FailingCase? Shrink(FailingCase failing)
    {
        ArgumentNullException.ThrowIfNull(failing);
        if (Try(failing.Options, failing.Choices) is not { } decisions)
            return null;
        FailingCase best = WithoutSchedule(failing.Options) ?? WithSchedule(failing.Options, decisions);
        best = ShrinkScenario(best, failing.Options.Strategy);
        if (best.Choices is null)
            return best;

        // A plain schedule leaves less for the scenario to do, and a small scenario less to decide.
        best = ShrinkSchedule(best);
        return ShrinkSchedule(ShrinkScenario(best, failing.Options.Strategy));
    }

    private FailingCase ShrinkScenario(FailingCase failing, string? strategy)
    {
        FailingCase best = failing;
        // Where the schedule matters each candidate takes many runs, and another seed would have other decisions.
        var axes = best.Choices is null ? ScenarioSimplifications.OfAnySchedule : ScenarioSimplifications.All;
        GreedyReduction.ToFixpoint(best.Options, axes, candidate =>
        {
            // The decisions are departures from a strategy: while there are any, it is not to be taken from under them.
            bool losesStrategy = best.Choices is not null && candidate.Strategy != best.Options.Strategy;
            if (losesStrategy || candidate.Problem() is not null || StillFails(candidate, best.Choices, strategy) is not { } smaller)
                return false;
            best = smaller;
            return true;
        });
        return best;
    }

    private FailingCase ShrinkSchedule(FailingCase failing)
    {
        if (failing.Choices is null)
            return failing;
        ChoiceLog minimum = ScheduleReduction.Minimise(failing.Choices, choices => Try(failing.Options, choices) is not null);
        return failing with { Choices = minimum };
    }

    private FailingCase? StillFails(ScenarioOptions candidate, ChoiceLog? choices, string? strategy)
    {
        if (choices is null)
            return Try(candidate, null) is null ? null : new FailingCase(candidate, null);
        if (Try(candidate, choices) is not null)
            return new FailingCase(candidate, choices);
        if (Try(candidate with { Strategy = strategy }, null) is { } drawn)
            return WithSchedule(candidate, drawn);
        for (int attempt = 2; attempt < SchedulesPerCandidate; attempt++)
        {
            ChoiceLog other = RandomChoices(candidate.Seed, attempt, choices.Count);
            if (Try(candidate, other) is { } decisions)
                return new FailingCase(candidate, decisions);
        }

        return null;
    }

    private FailingCase? WithoutSchedule(ScenarioOptions options)
    {
        ScenarioOptions plainest = options with { Strategy = null };
        return Try(plainest, null) is null ? null : new FailingCase(plainest, null);
    }

    // Behind its decisions a shrunk schedule goes on with the current task: what it does not say is the plainest.
    private static FailingCase WithSchedule(ScenarioOptions options, ChoiceLog decisions) =>
        new(options with { Strategy = Plain }, decisions);

    private ChoiceLog? Try(ScenarioOptions options, ChoiceLog? schedule)
    {
        if (Runs >= maximumRuns)
            return null;
        Runs++;
        return run(options, schedule);
    }

    // Departures from the current task at random places, sparser from attempt to attempt.
    private static ChoiceLog RandomChoices(ulong seed, int attempt, int length)
    {
        Prng random = new(StableHash.Combine(seed, (ulong)attempt));
        Ratio departure = Ratio.OneIn(2 + (attempt % 5 * 3));
        ChoiceLog choices = new();
        for (int i = 0; i < length; i++)
            choices.Add(new Choice(null, 0, random.Chance(departure) ? 1 + random.NextInt(2) : 0));
        return choices;
    }
}
