using Simulation.Engine.Probes;
using Simulation.Scenarios;

namespace Scenarios.Tests.Runs;

public sealed class ProbeTests
{
    [Fact]
    public void Short_campaign_passes_all_checks_and_has_no_blind_spot()
    {
        using ScenarioRunner runner = new();
        ProbeCounts met = new(Probes.Catalogue);
        foreach (ulong seed in SeedRange.Of(1, 500))
        {
            RunResult result = runner.Run(ScenarioOptions.Draw(seed));
            Assert.True(result.Verdict == Verdict.Passed, $"seed {seed}: {result.Check}: {result.Message}");
            met.Merge(result.Probes);
        }

        Assert.Empty(met.BlindSpots().Select(probe => probe.Name));
    }
}
