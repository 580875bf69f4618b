using Simulation.Engine.Choices;

namespace Simulation.Campaigns;

/// <summary>What a campaign runs.</summary>
/// <param name="FirstSeed">The seed of the first run; the others follow it one by one.</param>
/// <param name="Count">How many runs at most, or null for no limit.</param>
/// <param name="Time">After how long of the wall clock no new run begins, or null for no limit.</param>
/// <param name="Jobs">How many threads, at least 1.</param>
/// <param name="Twice">How many of the runs are done twice by the determinism gate.</param>
/// <param name="ShrinkRuns">How many runs the first finding of each property is shrunk by at most, 0 for none.</param>
public sealed record CampaignLimits(ulong FirstSeed, long? Count, TimeSpan? Time, int Jobs, Ratio Twice, int ShrinkRuns);
