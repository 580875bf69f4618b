using Simulation.Campaigns;

namespace Simulation.Runner.Campaigns;

/// <summary>What a campaign has to have met, findings aside.</summary>
/// <param name="Probes">Whether each situation that is not rare has to occur.</param>
/// <param name="RatesFile">The rates that situations have to be met by, or null.</param>
/// <param name="NewRatesFile">Where the campaign's own rates are written, or null.</param>
internal sealed record CampaignDemands(bool Probes, string? RatesFile = null, string? NewRatesFile = null)
{
    private readonly ProbeRates? _rates = RatesFile is null ? null : ProbeRates.Parse(File.ReadAllText(RatesFile));

    /// <summary>What was missed.</summary>
    /// <param name="tally">What the campaign saw.</param>
    /// <returns>A line for each.</returns>
    public IReadOnlyList<string> Missed(CampaignTally tally) =>
    [
        .. (Probes ? tally.BlindSpots : []).Select(probe => $"blind spot: '{probe.Name}' never occurred"),
        .. (_rates?.Violations(tally) ?? []).Select(violation => $"rate: {violation}"),
    ];

    /// <summary>Writes the rates of a campaign where somebody wants them.</summary>
    /// <param name="tally">What it saw.</param>
    public void WriteRates(CampaignTally tally)
    {
        if (NewRatesFile is not null && tally.Runs > 0)
            File.WriteAllText(NewRatesFile, ProbeRates.Of(tally).Format(tally.Runs));
    }
}
