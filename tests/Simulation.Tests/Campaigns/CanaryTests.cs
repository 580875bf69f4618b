using Qemu.Migration.Destination;
using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Campaigns;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests.Campaigns;

/// <summary>A bug that is not there, put around real runs: a campaign that cannot find and shrink it is worth nothing.</summary>
public sealed class CanaryTests : IDisposable
{
    private const int LeastPages = 40;

    private readonly ScenarioRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Canary_is_found_by_a_campaign_and_shrunk_to_what_it_needs()
    {
        using CampaignWorker worker = new(RunWithCanary, new DeterminismGate(Ratio.Zero));
        ulong seed = 1;
        while (worker.Run(new CampaignCase(seed)).Check != "Canary")
            Assert.InRange(++seed, 1UL, 2_000UL);

        FailingCase found = new(ScenarioOptions.Draw(seed), null);
        (Recipe recipe, int runs) = ScenarioShrinking.Shrink(RunWithCanary, found, new ReplayToken(seed).ToString())!.Value;

        ScenarioOptions smallest = recipe.Options;
        Assert.Equal(LeastPages, Assert.Single(smallest.Blocks).Pages);
        Assert.True(smallest.Migration.ReturnPath);
        Assert.Equal(new() { Transport = smallest.Migration.Transport, ReturnPath = true }, smallest.Migration);
        Assert.Equal(new() { StartsPaused = true }, smallest.Machine);
        Assert.Equal(new(), smallest.Monitor);
        Assert.Empty(smallest.Faults);
        Assert.Empty(smallest.Strangers);
        Assert.Empty(smallest.Deviations);
        Assert.Null(recipe.Schedule);
        Assert.Equal(new ReplayToken(seed).ToString(), recipe.FoundWith);
        Assert.InRange(runs, 1, 1_000);
        Assert.Equal("Canary", RunWithCanary(smallest, new RunRequest { Schedule = recipe.ToChoices() }).Check);
    }

    // Three features have to meet, and the migration has to come to its end.
    private RunResult RunWithCanary(ScenarioOptions options, RunRequest request)
    {
        RunResult result = _runner.Run(options, request);
        bool sings = result.FinalStatus == MigrationStatus.Completed
            && options.Migration.ReturnPath && options.Machine.StartsPaused && options.Blocks.Any(block => block.Pages >= LeastPages);
        return sings ? result with { Verdict = Verdict.Violated, Check = "Canary", Message = "it sang" } : result;
    }
}
