using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Observing;

namespace Simulation.Campaigns;

/// <summary>What was new in runs, as a guided campaign asks: situations beside the outcome that they led to, what the oracle made of the
/// stream, and pairs of places at which tasks took turns. One object for one worker.</summary>
internal sealed class RunFeatures
{
    private readonly HashSet<ulong> _seen = [];

    /// <summary>Takes a run in.</summary>
    /// <param name="result">The run.</param>
    /// <param name="seen">What was observed of it.</param>
    /// <returns>The features that no run before had.</returns>
    public ulong[] Take(RunResult result, RunObservation seen)
    {
        List<ulong> fresh = [];
        ulong outcome = StableHash.OfText(
            $"{result.FinalStatus} {seen.Error?.Code} {seen.Oracle?.Outcome} {seen.Oracle?.Fault?.Kind} {seen.Oracle?.OutcomeDependsOnTiming}");
        Add(outcome);
        foreach (int probe in result.Probes.Fired())
            Add(StableHash.Combine(outcome, (ulong)probe));
        ulong before = 0;
        foreach (Choice choice in result.Choices.AsSpan())
        {
            ulong here = StableHash.OfText(choice.Site ?? "");
            Add(StableHash.Combine(before, here));
            before = choice.Value == 0 ? here : ~here;
        }

        return [.. fresh];

        void Add(ulong feature)
        {
            if (_seen.Add(feature))
                fresh.Add(feature);
        }
    }
}
