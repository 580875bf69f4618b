using Simulation.Engine.Choices;
using Simulation.Engine.Tracing;

namespace Simulation.Scenarios.Campaigns;

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

    /// <summary>Runs a scenario twice more, keeping every event, and says where the two part.</summary>
    /// <param name="run">Runs a scenario, as it did when the difference was seen.</param>
    /// <param name="options">The scenario.</param>
    /// <returns>One sentence with the first event that is not the same.</returns>
    public static string Explain(RunScenario run, ScenarioOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        RunRequest retaining = new() { RetainTrace = true };
        TraceEvent[] first = [.. run(options, retaining).Trace];
        TraceEvent[] second = [.. run(options, retaining).Trace];
        TraceDifference? difference = TraceDifference.Find(first, second);
        return difference is null
            ? "The run was not the same twice, but it was when its events were kept."
            : $"The run was not the same twice: event {difference.Index} was {Say(difference.Left)}, then {Say(difference.Right)}.";
    }

    private static string Say(TraceEvent? happened) => happened is { } e ? TraceText.Line(e) : "the end";
}
