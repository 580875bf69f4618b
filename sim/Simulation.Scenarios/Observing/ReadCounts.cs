namespace Simulation.Scenarios.Observing;

/// <summary>How many bytes of each connection had been read at a moment, in the order in which the connections came.</summary>
/// <param name="counts">The counts; connections that come later have none.</param>
public sealed class ReadCounts(params long[] counts) : IEquatable<ReadCounts>
{
    private readonly long[] _counts = counts;

    /// <summary>Bytes of a connection read by then.</summary>
    /// <param name="stream">The connection.</param>
    public long Of(ReceivedStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.Index < _counts.Length ? _counts[stream.Index] : 0;
    }

    /// <inheritdoc/>
    public bool Equals(ReadCounts? other) => other is not null && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ReadCounts);

    /// <inheritdoc/>
    public override int GetHashCode() => _counts.Length;
}
