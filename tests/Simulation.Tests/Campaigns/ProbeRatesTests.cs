using Simulation.Campaigns;
using Simulation.Engine.Probes;
using Simulation.Scenarios;

namespace Simulation.Tests.Campaigns;

public class ProbeRatesTests
{
    private static readonly ProbeCatalogue Catalogue = new();
    private static readonly Probe Often = Catalogue.Register("often");
    private static readonly Probe Seldom = Catalogue.Register("deviation/seldom, with words", isRare: true);

    [Fact]
    public void Every_probe_has_a_rate_in_the_repository_and_every_rate_is_of_a_probe()
    {
        ProbeRates rates = ProbeRates.Parse(File.ReadAllText(Path.Combine(Repository.Root, "sim/Simulation.Campaigns/rates.txt")));
        CampaignTally none = new(Scenarios.Probes.Catalogue, []);
        Assert.True(
            rates.Violations(none) is { Count: 0 } violations,
            $"{string.Join("; ", rates.Violations(none))}: simulate range --time 60s --write-rates sim/Simulation.Campaigns/rates.txt");
    }

    [Fact]
    public void Rates_are_shares_of_runs_on_the_safe_side_and_survive_writing()
    {
        string text = ProbeRates.Of(Tally(1_000, often: 400, seldom: 4)).Format(1_000);
        Assert.Contains("\n0.360000 often\n", text);
        Assert.Contains("\n0.000000 deviation/seldom, with words\n", text);
        Assert.Equal(text, ProbeRates.Parse(text).Format(1_000));
    }

    [Theory]
    [InlineData(1_000, 500, 7, "")]
    [InlineData(1_000, 125, 0, "")]
    [InlineData(1_000, 124, 0, "'often' occurred in 124 runs, and by its rate should in 500")]
    [InlineData(1_000, 0, 7, "'often' occurred in 0 runs, and by its rate should in 500")]
    [InlineData(39, 0, 0, "")]
    [InlineData(3_000, 1_500, 0, "'deviation/seldom, with words' occurred in 0 runs, and by its rate should in 21")]
    public void Drop_is_named_when_it_is_no_chance(int runs, int often, int seldom, string expected) => Assert.Equal(
        expected, string.Join("; ", ProbeRates.Parse("0.5 often\n0.007 deviation/seldom, with words\n").Violations(Tally(runs, often, seldom))));

    [Fact]
    public void Probe_without_a_rate_and_rate_without_a_probe_are_named() => Assert.Equal(
        ["'deviation/seldom, with words' has no rate", "'gone' has a rate and is no more"],
        ProbeRates.Parse("# comment\n0.5 often\n0.1 gone\n").Violations(Tally(1, 1, 0)));

    [Theory]
    [InlineData("often")]
    [InlineData("1.5 often")]
    [InlineData("0.5 often\n0.5 often")]
    public void Line_that_is_no_rate_is_refused(string text) => Assert.Throws<FormatException>(() => ProbeRates.Parse(text));

    private static CampaignTally Tally(int runs, int often, int seldom)
    {
        CampaignTally tally = new(Catalogue, []);
        for (int i = 0; i < runs; i++)
        {
            List<int> probes = [];
            if (i < often)
                probes.Add(Often.Id);
            if (i < seldom)
                probes.Add(Seldom.Id);
            tally.Add(new JudgedRun { Seed = (ulong)i, Verdict = Verdict.Passed, Probes = probes });
        }

        return tally;
    }
}
