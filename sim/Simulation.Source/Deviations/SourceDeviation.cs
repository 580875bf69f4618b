namespace Simulation.Source.Deviations;

/// <summary>One departure from the format.</summary>
/// <param name="Mode">Which.</param>
public sealed record SourceDeviation(DeviantMode Mode)
{
    /// <summary>Which structure of the mode's kind, from 0 on its channel; null for the one the mode prefers.</summary>
    public int? Occurrence { get; init; }

    /// <summary>Which multifd channel, for what happens on those.</summary>
    public int Channel { get; init; }

    /// <summary>Where the main channel ends, in bytes from its start, for <see cref="DeviantMode.Truncated"/>.</summary>
    public long CutAt { get; init; }
}
