using Simulation.Campaigns;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests.Campaigns;

/// <summary>A worker that dies loses neither the runs before nor those behind, and its case is a finding.</summary>
public class LostWorkerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_case_is_judged_once_and_those_that_kill_are_findings(int jobs)
    {
        Listener listener = new();
        CampaignTally tally = new Campaign(
            new(1, 200, null, jobs, 500, TimeSpan.FromMinutes(1)), listener, [], () => new MortalWorker(seed => seed % 7 == 0))
            .Run(CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 200).Select(seed => (ulong)seed), listener.Judged.Select(run => run.Seed).Order());
        Assert.Equal(200, tally.Runs);
        Assert.Equal(28, tally.Violations);
        Assert.All(tally.Findings, finding =>
        {
            Assert.Equal(0UL, finding.Seed % 7);
            Assert.Equal((Campaign.RunComesBack, "it died"), (finding.Check, finding.Message));
        });
    }

    [Fact]
    public void Worker_that_does_not_start_ends_the_campaign_with_its_reason() => Assert.Equal(
        "no worker", Assert.Throws<InvalidOperationException>(() => new Campaign(
            new(1, 200, null, 2, 500, TimeSpan.FromMinutes(1)), new Listener(), [], () => throw new InvalidOperationException("no worker"))
            .Run(CancellationToken.None)).Message);

    [Fact]
    public void Worker_that_takes_its_time_to_start_is_no_run_that_hangs()
    {
        CampaignTally tally = new Campaign(
            new(1, 8, null, 1, 500, TimeSpan.FromMilliseconds(200)), new Listener(), [], () =>
            {
                Thread.Sleep(600);
                return new MortalWorker(seed => seed == 3);
            }).Run(CancellationToken.None);
        Assert.Equal((8, 1), (tally.Runs, tally.Violations));
        Assert.Equal("it died", Assert.Single(tally.Findings).Message);
    }

    [Fact]
    public void Run_that_never_comes_back_is_a_finding_and_the_lane_goes_on()
    {
        Listener listener = new();
        CampaignTally tally = new Campaign(
            new(1, 20, null, 1, 500, TimeSpan.FromMilliseconds(300)), listener, [], () => new MortalWorker(_ => false, seed => seed == 5))
            .Run(CancellationToken.None);
        Assert.Equal(20, tally.Runs);
        Assert.Equal(5UL, Assert.Single(tally.Findings).Seed);
    }

    private sealed class MortalWorker(Func<ulong, bool> kills, Func<ulong, bool>? hangs = null) : ICampaignWorker
    {
        private readonly TaskCompletionSource _ended = new();
        private bool _isDead;

        public IEnumerable<JudgedRun> Run(IReadOnlyList<CampaignCase> cases)
        {
            Assert.False(_isDead);
            foreach (CampaignCase given in cases)
            {
                if (hangs?.Invoke(given.Seed) == true)
                    _ended.Task.Wait();
                _isDead = kills(given.Seed) || _ended.Task.IsCompleted;
                if (_isDead)
                    throw new WorkerLostException("it died");
                yield return new JudgedRun { Seed = given.Seed, Verdict = Verdict.Passed };
            }
        }

        public Recipe? Shrink(CampaignCase failing, int maximumRuns, Action beat) => throw new InvalidOperationException("nobody shrinks a death");

        public bool TryEnd() => _ended.TrySetResult();

        public void Dispose()
        {
        }
    }

    private sealed class Listener : ICampaignObserver
    {
        public List<JudgedRun> Judged { get; } = [];

        void ICampaignObserver.Judged(CampaignCase given, JudgedRun run, bool isShrunk, CampaignTally tally)
        {
            Assert.Equal(given.Seed, run.Seed);
            Assert.False(isShrunk);
            Judged.Add(run);
        }

        public void Shrunk(CampaignFinding finding, Recipe? smallest) => Assert.Fail(finding.Message);
    }
}
