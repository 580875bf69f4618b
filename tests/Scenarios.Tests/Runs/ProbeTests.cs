using Simulation.Engine.Probes;
using Simulation.Scenarios;

namespace Scenarios.Tests.Runs;

public sealed class ProbeTests
{
    [Fact]
    public void Short_campaign_passes_all_checks_and_has_no_blind_spot()
    {
        using ScenarioRunner runner = new();
        HashSet<Probe> missing = [.. Probes.Catalogue.Probes.Where(probe => !probe.IsRare)];
        foreach (ulong seed in SeedRange.Of(1, 500))
        {
            RunResult result = runner.Run(ScenarioOptions.Draw(seed));
            Assert.True(result.Verdict == Verdict.Passed, $"seed {seed}: {result.Check}: {result.Message}");
            missing.RemoveWhere(probe => result.Probes[probe] > 0);
        }

        Assert.Empty(missing.Select(probe => probe.Name));
    }
}
