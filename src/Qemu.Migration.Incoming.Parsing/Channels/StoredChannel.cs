using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A stream that is all there, in memory or in a file: it can be looked at anywhere before it is loaded.</summary>
internal abstract class StoredChannel : MigrationChannel
{
    /// <summary>Bytes of the stream.</summary>
    public abstract long LengthBytes { get; }

    /// <summary>Looks at bytes.</summary>
    /// <param name="offset">The first, from 0.</param>
    /// <param name="count">How many; fewer come back at the end.</param>
    /// <returns>The bytes; none beyond the end.</returns>
    /// <exception cref="IOException">They cannot be read.</exception>
    public abstract ReadOnlyMemory<byte> View(long offset, int count);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => throw new IOException($"'{Name}' cannot be written");
}
