using Simulation.Engine.Choices;
using Simulation.Engine.Tracing;
using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>
/// Does some runs twice and compares: a run that is not the same the second time can be neither replayed nor shrunk, so that is a
/// failure of the harness whatever the checks said. Which runs are done twice follows from the seed alone.
/// </summary>
/// <param name="share">How many of the runs are done twice.</param>
public sealed class DeterminismGate(Ratio share)
{
    private const string StreamName = "campaign/determinism";

    /// <summary>Five of a hundred: enough that a campaign of any length sees a fault that is not itself rare.</summary>
    public static Ratio DefaultShare => Ratio.Percent(5);

    /// <summary>Whether a seed's run is done twice.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The same in every campaign with the same share.</returns>
    public bool Selects(ulong seed) => new SeedStreams(seed).Stream(StreamName).Chance(share);

    /// <summary>Compares two runs of one scenario.</summary>
    /// <param name="first">The one, its content hashed.</param>
    /// <param name="second">The other, likewise.</param>
    /// <returns>What is not the same; null when all is.</returns>
    public static string? Difference(RunResult first, RunResult second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Verdict != second.Verdict || first.Check != second.Check)
            return "the verdict";
        if (first.TraceHash != second.TraceHash)
            return "the events";
        return first.Content is { } content && second.Content is { } other ? content.Difference(other) : null;
    }

    /// <summary>Runs a scenario twice more, keeping every event, and says where the two part.</summary>
    /// <param name="run">Runs a scenario, as it did when the difference was seen.</param>
    /// <param name="options">The scenario.</param>
    /// <param name="schedule">Decisions that it follows, or null.</param>
    /// <param name="difference">What was not the same.</param>
    /// <returns>One sentence with that, and the first event that is not the same.</returns>
    public static string Explain(RunScenario run, ScenarioOptions options, ChoiceLog? schedule, string difference)
    {
        ArgumentNullException.ThrowIfNull(run);
        RunRequest retaining = new() { RetainTrace = true, Schedule = schedule };
        TraceEvent[] first = [.. run(options, retaining).Trace];
        TraceEvent[] second = [.. run(options, retaining).Trace];
        TraceDifference? parted = TraceDifference.Find(first, second);
        return parted is null
            ? $"The run was not the same twice: {difference} differed. Its events, done twice again, were the same."
            : $"The run was not the same twice: {difference} differed; event {parted.Index} was {Say(parted.Left)}, then {Say(parted.Right)}.";
    }

    private static string Say(TraceEvent? happened) => happened is { } e ? TraceText.Line(e) : "the end";
}
