namespace Simulation.Runner.Scoring;

/// <summary>How long bugs are looked for.</summary>
/// <param name="Budget">Processor time of one campaign, which is on one thread.</param>
/// <param name="Campaigns">How many campaigns a bug gets, each with other seeds.</param>
/// <param name="ShrinkingRuns">How many runs shrinking a finding may take; 0 leaves it as it was found.</param>
/// <param name="Jobs">How many bugs are looked for at a time.</param>
internal sealed record ScoreLimits(TimeSpan Budget, int Campaigns, int ShrinkingRuns, int Jobs)
{
    /// <summary>The seeds of a campaign begin so far from those of the one before.</summary>
    public const ulong SeedsApart = 1_000_000;

    /// <summary>What a shrunk case may have: page records, and decisions.</summary>
    public const int SmallCase = 3;

    /// <summary>Wall-clock time after which one run is given up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
}
