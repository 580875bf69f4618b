using Simulation.Engine.Choices;

namespace Simulation.Engine.Fabric;

/// <summary>
/// The properties of one connection, the same in both directions. A chunk written at t leaves when the chunks before it have left,
/// takes its length by <see cref="BytesPerSecond"/> to leave, and arrives <see cref="LatencyNanoseconds"/> (and jitter) later, never
/// before a chunk written earlier. Connections share no bandwidth.
/// </summary>
public sealed record LinkOptions
{
    // Parameters and not initializers: JSON that does not name them means these values, and only a constructor tells generated code so.

    /// <summary>Makes a link without latency, limit and short reads.</summary>
    /// <param name="windowBytes">How many bytes may be written and not yet read by the peer, at least 1.</param>
    /// <param name="maximumChunkBytes">The longest chunk, at least 1 byte.</param>
    /// <param name="maximumShortReadBytes">The most bytes a short read returns, at least 1.</param>
    public LinkOptions(int windowBytes = 256 * 1024, int maximumChunkBytes = 64 * 1024, int maximumShortReadBytes = 16)
    {
        WindowBytes = windowBytes;
        MaximumChunkBytes = maximumChunkBytes;
        MaximumShortReadBytes = maximumShortReadBytes;
    }

    /// <summary>No latency, no limit, no short reads: bytes arrive at the instant they are written.</summary>
    public static LinkOptions Perfect { get; } = new();

    /// <summary>One way, in nanoseconds.</summary>
    public long LatencyNanoseconds { get; init; }

    /// <summary>Most extra latency of a chunk, in nanoseconds; drawn for each.</summary>
    public long JitterNanoseconds { get; init; }

    /// <summary>Bytes per second each way; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>How long the listener's side takes to see a new connection beyond the latency, in nanoseconds.</summary>
    public long AcceptDelayNanoseconds { get; init; }

    /// <summary>How many bytes may be written and not yet read by the peer, at least 1: a writer waits beyond that.</summary>
    public int WindowBytes { get; init; }

    /// <summary>The longest chunk, at least 1 byte: the unit of delivery and of faults.</summary>
    public int MaximumChunkBytes { get; init; }

    /// <summary>How often a read returns fewer bytes than there are.</summary>
    public Ratio ShortReads { get; init; }

    /// <summary>The most bytes a short read returns, at least 1.</summary>
    public int MaximumShortReadBytes { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(LatencyNanoseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(JitterNanoseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(BytesPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegative(AcceptDelayNanoseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(WindowBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WindowBytes, 1 << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumChunkBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumShortReadBytes, 1);
    }
}
