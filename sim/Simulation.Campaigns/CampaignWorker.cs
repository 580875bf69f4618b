using System.Diagnostics;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Campaigns;

/// <summary>Runs cases on the calling thread, and does some of them twice.</summary>
public sealed class CampaignWorker : ICampaignWorker
{
    private static readonly RunRequest Compared = new() { HashesContent = true };

    private readonly IReadOnlyList<ICheck> _checks = [];
    private readonly RunScenario _run;
    private readonly DeterminismGate _gate;
    private readonly RunFeatures? _features;
    private ScenarioRunner? _runner;

    /// <summary>Makes a worker with a simulator of its own.</summary>
    /// <param name="checks">What runs are judged by.</param>
    /// <param name="gate">Which runs are done twice.</param>
    /// <param name="isGuided">Whether it says what was new in a run.</param>
    public CampaignWorker(IReadOnlyList<ICheck> checks, DeterminismGate gate, bool isGuided = false)
    {
        (_checks, _gate) = (checks, gate);
        _features = isGuided ? new() : null;
        _run = RunHere;
    }

    /// <summary>Makes a worker.</summary>
    /// <param name="run">Runs a scenario.</param>
    /// <param name="gate">Which runs are done twice.</param>
    public CampaignWorker(RunScenario run, DeterminismGate gate) => (_run, _gate) = (run, gate);

    /// <inheritdoc/>
    public IEnumerable<JudgedRun> Run(IReadOnlyList<CampaignCase> cases) => cases.Select(Run);

    /// <summary>Runs a case.</summary>
    /// <param name="given">The case.</param>
    /// <returns>The run and its verdict; nothing in it depends on what this worker ran before.</returns>
    public JudgedRun Run(CampaignCase given)
    {
        ArgumentNullException.ThrowIfNull(given);
        long started = Stopwatch.GetTimestamp();
        try
        {
            return Judge(given) with { Wall = Stopwatch.GetElapsedTime(started) };
        }
        catch (Exception crash) when (crash is not OutOfMemoryException)
        {
            // A crash of the harness is a result of this case, not the end of the campaign.
            return new() { Seed = given.Seed, Verdict = Verdict.HarnessFailed, Message = $"The harness crashed: {crash}" };
        }
    }

    /// <inheritdoc/>
    public Recipe? Shrink(CampaignCase failing, int maximumRuns, Action beat)
    {
        ArgumentNullException.ThrowIfNull(failing);
        return ScenarioShrinking.Shrink(
            (options, request) =>
            {
                beat();
                return _run(options, request);
            },
            new FailingCase(failing.ToOptions(), failing.Choices), new ReplayToken(failing.Seed).ToString(), maximumRuns)?.Recipe;
    }

    /// <inheritdoc/>
    public bool TryEnd() => false;

    /// <inheritdoc/>
    public void Dispose() => _runner?.Dispose();

    private JudgedRun Judge(CampaignCase given)
    {
        ScenarioOptions options = given.ToOptions();
        if (!_gate.Selects(given.Seed))
            return Keep(given, _run(options, new() { Schedule = given.Choices }));
        RunRequest request = Compared with { Schedule = given.Choices };
        RunResult first = _run(options, request);
        RunResult second = _run(options, request);
        JudgedRun judged = Keep(given, second) with { WasDoneTwice = true };
        return DeterminismGate.Difference(first, second) is not { } difference ? judged : judged with
        {
            Verdict = Verdict.HarnessFailed,
            Check = null,
            Message = DeterminismGate.Explain(_run, options, given.Choices, difference),
            Choices = second.Choices.Format(),
        };
    }

    // A mutated case takes the number of the seed that it replaces.
    private JudgedRun Keep(CampaignCase given, RunResult result)
    {
        JudgedRun run = JudgedRun.Of(result) with { Seed = given.Seed };
        return _features is null || _runner is null ? run : run with { NewFeatures = _features.Take(result, _runner.Observation) };
    }

    // Do not reuse a host after an exception.
    private RunResult RunHere(ScenarioOptions options, RunRequest request)
    {
        _runner ??= new(_checks);
        try
        {
            return _runner.Run(options, request);
        }
        catch
        {
            _runner.Dispose();
            _runner = null;
            throw;
        }
    }
}
