namespace Qemu.Migration.Destination.Environment;

/// <summary>
/// One connection from the source: a byte stream each way. One task reads at a time and one task writes at a time;
/// <see cref="Shutdown"/> may be called by any task at any time.
/// </summary>
public abstract class MigrationChannel
{
    /// <summary>Where the peer is, for people: "unix:/run/x.sock", "file:vm.bin".</summary>
    public abstract string Name { get; }

    /// <summary>Whether the peer came through a listener that goes on listening, so that a stranger can be refused and the real
    /// source may still come. False for files and inherited descriptors: there is no second one.</summary>
    public virtual bool FromListener => false;

    /// <summary>Whether bytes can be sent back: without this there is no return path.</summary>
    public virtual bool CanWrite => true;

    /// <summary>How much to ask for in one read, in bytes.</summary>
    public virtual int ReadSizeBytes => 64 * 1024;

    /// <summary>Reads what is there.</summary>
    /// <param name="buffer">Where to, not empty.</param>
    /// <returns>Bytes read, 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The channel failed.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Sends bytes to the source, all of them.</summary>
    /// <param name="bytes">What to send.</param>
    /// <returns>Completes when the bytes are the channel's.</returns>
    /// <exception cref="IOException">The channel failed.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Lends the stream's bytes in place of copying them, where the channel has them all in memory (a mapped file, an
    /// array). A channel answers always or never; a lent window stays valid until <see cref="Shutdown"/>.</summary>
    /// <param name="offset">Absolute offset in the stream, in bytes.</param>
    /// <param name="minimumBytes">Fewest bytes wanted; fewer come back only at the end of the stream.</param>
    /// <param name="window">The bytes from <paramref name="offset"/> on.</param>
    /// <returns>Whether this channel lends.</returns>
    public virtual bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        window = default;
        return false;
    }

    /// <summary>Ends both directions; a read or write under way ends. Repeatable.</summary>
    public abstract void Shutdown();
}
