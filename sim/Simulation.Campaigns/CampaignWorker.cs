using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>A run of a campaign with its verdict, the determinism gate included.</summary>
/// <param name="Result">The run; its parts may be used again by the worker's next run.</param>
/// <param name="Verdict">Passed, violated, or the harness failed.</param>
/// <param name="Check">The property that was violated, or null.</param>
/// <param name="Message">One sentence about what was wrong, or null.</param>
/// <param name="WasDoneTwice">Whether the determinism gate chose it.</param>
public sealed record JudgedRun(RunResult Result, Verdict Verdict, string? Check, string? Message, bool WasDoneTwice)
{
    /// <summary>The seed of the run.</summary>
    public ulong Seed => Result.Seed;
}

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
            return Judge(run(options, Plain));
        RunResult first = run(options, Compared);
        RunResult second = run(options, Compared);
        return DeterminismGate.Difference(first, second) is { } difference
            ? new JudgedRun(second, Verdict.HarnessFailed, null, DeterminismGate.Explain(run, options, difference), WasDoneTwice: true)
            : Judge(second) with { WasDoneTwice = true };
    }

    private static JudgedRun Judge(RunResult result) =>
        new(result, result.Verdict, result.Check, result.Message, WasDoneTwice: false);
}
