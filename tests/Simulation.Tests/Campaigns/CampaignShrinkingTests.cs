using Simulation.Engine.Choices;
using Simulation.Campaigns;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests.Campaigns;

/// <summary>A campaign makes the first finding of each property small before it is shown.</summary>
public class CampaignShrinkingTests
{
    [Fact]
    public void First_finding_of_a_property_is_shrunk_before_it_is_told()
    {
        Listener listener = Run(shrinkRuns: 500);
        Assert.True(listener.Findings.Count > 1);
        Assert.Equal(listener.Findings[0], listener.Shrunk?.Finding.Seed);
        Recipe smallest = listener.Shrunk!.Value.Smallest!;
        Assert.Equal((nameof(NoXbzrle), "xbzrle is on"), (smallest.Check, smallest.Message));
        Assert.Equal(new ReplayToken(listener.Findings[0]).ToString(), smallest.FoundWith);
        Assert.True(smallest.Options.Migration.Xbzrle);
        Assert.Empty(smallest.Options.Blocks);
        Assert.Empty(smallest.Options.Faults);
    }

    [Fact]
    public void Without_a_budget_nothing_is_shrunk()
    {
        Listener listener = Run(shrinkRuns: 0);
        Assert.True(listener.Findings.Count > 1);
        Assert.Null(listener.Shrunk);
    }

    private static Listener Run(int shrinkRuns)
    {
        Listener listener = new();
        new Campaign(
            new(1, 20, null, 1, shrinkRuns, TimeSpan.FromMinutes(1)), listener, [nameof(NoXbzrle)],
            () => new CampaignWorker([new NoXbzrle()], new DeterminismGate(Ratio.Zero))).Run(CancellationToken.None);
        return listener;
    }

    private sealed class NoXbzrle : ICheck
    {
        public string? Judge(RunObservation run) => run.Options.Migration.Xbzrle ? "xbzrle is on" : null;
    }

    private sealed class Listener : ICampaignObserver
    {
        public List<ulong> Findings { get; } = [];

        public (CampaignFinding Finding, Recipe? Smallest)? Shrunk { get; private set; }

        public void Judged(CampaignCase given, JudgedRun run, bool isShrunk, CampaignTally tally)
        {
            if (run.Verdict == Verdict.Passed)
                return;
            Findings.Add(run.Seed);
        }

        void ICampaignObserver.Shrunk(CampaignFinding finding, Recipe? smallest)
        {
            Assert.Null(Shrunk);
            Shrunk = (finding, smallest);
        }
    }
}
