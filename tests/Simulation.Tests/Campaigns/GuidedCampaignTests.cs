using Simulation.Campaigns;
using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests.Campaigns;

/// <summary>A guided campaign makes cases of those that showed something new; what it finds is replayed and shrunk as any finding.</summary>
public sealed class GuidedCampaignTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("guided").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Cases_are_made_of_others_and_are_valid()
    {
        Listener listener = Run(400, new NeverViolated());
        CampaignCase[] made = [.. listener.Cases.Where(given => given.Made is not null)];
        Assert.InRange(made.Length, 100, 250);
        Assert.All(made, given => Assert.Null(given.Made!.Problem()));
        Assert.Contains(made, given => given.Choices is not null);
        Assert.Equal(400, listener.Cases.Select(given => given.Seed).Distinct().Count());
        Assert.All(listener.Runs, run => Assert.Equal(Verdict.Passed, run.Verdict));
    }

    [Fact]
    public void Finding_in_a_case_that_was_made_is_replayed_by_its_file_and_shrunk()
    {
        Listener listener = Run(400, new NoXbzrle());
        (CampaignCase given, JudgedRun run) = listener.Cases.Zip(listener.Runs)
            .First(pair => pair.First.Made is not null && pair.Second.Verdict == Verdict.Violated);
        string file = new FindingFolder(_folder).Keep(given, run.Finding!, run.Choices)!.Replay;
        Recipe kept = Recipe.Parse(File.ReadAllText(file));
        using CampaignWorker worker = new([new NoXbzrle()], new DeterminismGate(Ratio.Zero));
        JudgedRun again = worker.Run(new CampaignCase(given.Seed, kept.Options, kept.ToChoices()));
        Assert.Equal((Verdict.Violated, run.TraceHash), (again.Verdict, again.TraceHash));
        Recipe smallest = worker.Shrink(given, 500, () => { })!;
        Assert.True(smallest.Options.Migration.Xbzrle);
        Assert.Empty(smallest.Options.Blocks);
    }

    private static Listener Run(int count, ICheck check)
    {
        Listener listener = new();
        new Campaign(
            new(1, count, null, 1, 0, TimeSpan.FromMinutes(5), IsGuided: true), listener, [check.Name],
            () => new CampaignWorker([check], new DeterminismGate(Ratio.Percent(5)), isGuided: true)).Run(CancellationToken.None);
        return listener;
    }

    private sealed class NeverViolated : ICheck
    {
        public string? Judge(RunObservation run) => null;
    }

    private sealed class NoXbzrle : ICheck
    {
        public string? Judge(RunObservation run) => run.Options.Migration.Xbzrle ? "xbzrle is on" : null;
    }

    private sealed class Listener : ICampaignObserver
    {
        public List<CampaignCase> Cases { get; } = [];

        public List<JudgedRun> Runs { get; } = [];

        public void Judged(CampaignCase given, JudgedRun run, bool isShrunk, CampaignTally tally)
        {
            Cases.Add(given);
            Runs.Add(run);
        }

        public void Shrunk(CampaignFinding finding, Recipe? smallest) => Assert.Fail(finding.Message);
    }
}
