using Simulation.Scenarios;

namespace Scenarios.Tests.Runs;

public sealed class SeedTests
{
    [Theory]
    [InlineData(1_000_001)]
    [InlineData(1UL << 32)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue - 50)]
    public void Fifty_seeds_pass_all_checks(ulong first)
    {
        using ScenarioRunner runner = new();
        Assert.All(SeedRange.Of(first, 50), seed =>
        {
            RunResult result = runner.Run(ScenarioOptions.Draw(seed));
            Assert.True(result.Verdict == Verdict.Passed, $"seed {seed}: {result.Check}: {result.Message}");
        });
    }
}
