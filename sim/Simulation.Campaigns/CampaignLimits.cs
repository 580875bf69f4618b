namespace Simulation.Campaigns;

/// <summary>What a campaign runs.</summary>
/// <param name="FirstSeed">The seed of the first run; the others follow it one by one.</param>
/// <param name="Count">How many runs at most, or null for no limit.</param>
/// <param name="Time">After how long of the wall clock no new run begins, or null for no limit.</param>
/// <param name="Jobs">How many runs at a time, at least 1.</param>
/// <param name="ShrinkRuns">How many runs the first finding of each property is shrunk by at most, 0 for none.</param>
/// <param name="Patience">Wall-clock time after which a run counts as hung.</param>
/// <param name="IsGuided">Whether cases are made, between fresh seeds, of those that showed something new.</param>
public sealed record CampaignLimits(ulong FirstSeed, long? Count, TimeSpan? Time, int Jobs, int ShrinkRuns, TimeSpan Patience, bool IsGuided = false);
