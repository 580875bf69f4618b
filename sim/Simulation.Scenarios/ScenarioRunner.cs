using Simulation.Engine.Choices;
using Simulation.Engine.Probes;

namespace Simulation.Scenarios;

/// <summary>Runs scenarios, one at a time, on the calling thread. One object is used by one thread and again and again: it keeps its
/// storage.</summary>
public sealed class ScenarioRunner
{
    /// <summary>Runs a scenario from its beginning.</summary>
    /// <param name="options">The scenario, valid.</param>
    /// <param name="request">How to run it; null for plainly.</param>
    /// <returns>What it showed.</returns>
    public RunResult Run(ScenarioOptions options, RunRequest? request = null)
    {
        _ = request;
        return new() { Seed = options.Seed, Verdict = Verdict.HarnessFailed, Choices = new ChoiceLog(), Probes = new ProbeCounts(Probes.Catalogue) };
    }
}
