using Simulation.Engine.Probes;
using Simulation.Campaigns;
using Simulation.Scenarios;

namespace Simulation.Tests.Campaigns;

public class CampaignTallyTests
{
    private static readonly ProbeCatalogue Catalogue = new();
    private static readonly Probe Often = Catalogue.Register("often");
    private static readonly Probe Never = Catalogue.Register("never");
    private static readonly Probe Rare = Catalogue.Register("rare", isRare: true);

    [Fact]
    public void Tally_is_the_same_in_any_order()
    {
        JudgedRun[] runs = [.. Enumerable.Range(1, 9).Select(seed => Judge((ulong)seed))];
        CampaignTally forward = Add(runs);
        CampaignTally backward = Add(runs.Reverse());
        Assert.Equal(Describe(forward), Describe(backward));
        Assert.Equal(9, forward.Runs);
        Assert.Equal(3, forward.Violations);
        Assert.Equal(1, forward.HarnessFailures);
        Assert.Equal(45, forward.VirtualNanoseconds);
        Assert.Equal([3UL, 5, 6, 9], forward.Findings.Select(finding => finding.Seed));
    }

    [Fact]
    public void Blind_spot_is_a_probe_that_never_fired_and_is_not_rare()
    {
        CampaignTally tally = Add([Judge(1)]);
        Assert.Equal([Never], tally.BlindSpots);
        Assert.Equal((1, 3), (tally.ProbesHit, tally.AllProbes.Count));
        Assert.Equal([Never, Rare], tally.NeverOccurred);
    }

    [Fact]
    public void Check_that_had_nothing_to_judge_is_idle()
    {
        Assert.Equal(["Idle"], Add([Judge(1), Judge(2)]).IdleChecks);
        Assert.Equal(["Asked", "Idle"], Add([]).IdleChecks);
    }

    private static CampaignTally Add(IEnumerable<JudgedRun> runs)
    {
        CampaignTally tally = new(Catalogue, ["Asked", "Idle"]);
        foreach (JudgedRun run in runs)
            tally.Add(run);
        return tally;
    }

    private static JudgedRun Judge(ulong seed)
    {
        ProbeCounts probes = new(Catalogue);
        probes.Hit(Often);
        Verdict verdict = seed == 5 ? Verdict.HarnessFailed : seed % 3 == 0 ? Verdict.Violated : Verdict.Passed;
        RunResult result = StandIn.Result(seed, verdict) with { Probes = probes };
        return JudgedRun.Of(result) with { Check = verdict == Verdict.Violated ? "Canary" : null, WasDoneTwice = seed % 2 == 0, AppliedChecks = 1 };
    }

    private static string Describe(CampaignTally tally) =>
        $"{tally.Runs} {tally.Violations} {tally.HarnessFailures} {tally.DoneTwice} {tally.VirtualNanoseconds} {tally.Steps} "
        + $"{tally.Probes[Often]} {string.Join(',', tally.Findings)}";
}
