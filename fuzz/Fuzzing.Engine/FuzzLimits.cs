namespace Fuzzing.Engine;

/// <summary>When a fuzzing run ends.</summary>
/// <param name="Executions">After so many runs of the target, the corpus's included; null for no limit.</param>
/// <param name="Time">After so long; null for no limit.</param>
public sealed record FuzzLimits(long? Executions, TimeSpan? Time);
