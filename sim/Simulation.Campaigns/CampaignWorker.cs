using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>Runs seeds one after another, on one thread: what a campaign has one of for each core.</summary>
/// <param name="run">Runs a scenario: <see cref="ScenarioRunner.Run"/> of a runner that is this worker's own.</param>
/// <param name="gate">Which runs are done twice.</param>
public sealed class CampaignWorker(RunScenario run, DeterminismGate gate)
{
    private static readonly RunRequest Plain = new();
    private static readonly RunRequest Compared = new() { HashesContent = true };

    /// <summary>Runs what a seed draws.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The run and its verdict; nothing in it depends on what this worker ran before.</returns>
    public JudgedRun Run(ulong seed)
    {
        ScenarioOptions options = ScenarioOptions.Draw(seed);
        if (!gate.Selects(seed))
            return JudgedRun.Of(run(options, Plain));
        RunResult first = run(options, Compared);
        RunResult second = run(options, Compared);
        JudgedRun judged = JudgedRun.Of(second) with { WasDoneTwice = true };
        return DeterminismGate.Difference(first, second) is not { } difference ? judged : judged with
        {
            Verdict = Verdict.HarnessFailed,
            Check = null,
            Message = DeterminismGate.Explain(run, options, difference),
            Choices = second.Choices.Format(),
        };
    }
}
