namespace Simulation.Runner.Scoring;

/// <summary>How long bugs are looked for.</summary>
/// <param name="Budget">Wall-clock time of one campaign on one thread.</param>
/// <param name="Campaigns">How many campaigns a bug gets, each with other seeds.</param>
/// <param name="Jobs">How many bugs are looked for at a time.</param>
internal sealed record ScoreLimits(TimeSpan Budget, int Campaigns, int Jobs)
{
    /// <summary>How many runs shrinking may take.</summary>
    public const int ShrinkingRuns = 4000;

    /// <summary>The seeds of a campaign begin so far from those of the one before.</summary>
    public const ulong SeedsApart = 1_000_000;

    /// <summary>What a shrunk case may have: page records, and decisions.</summary>
    public const int SmallCase = 3;

    /// <summary>Wall-clock time after which one run is given up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
}
