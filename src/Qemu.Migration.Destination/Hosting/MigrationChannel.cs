using System.Runtime.InteropServices;

namespace Qemu.Migration.Destination.Hosting;

/// <summary>A piece of memory outside the heap; laid out as the C library's iovec.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="LengthBytes">Its length, positive.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct MemoryPiece(nint Address, nint LengthBytes);

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

    /// <summary>Whether the peer has ended or reset the connection, and nothing that it sent is left to read. Looks without waiting, and
    /// any task may ask. False where a channel cannot tell.</summary>
    public virtual bool HasEnded => false;

    /// <summary>How much to ask for in one read, in bytes.</summary>
    public virtual int ReadSizeBytes => 64 * 1024;

    /// <summary>Reads what is there.</summary>
    /// <param name="buffer">Where to, not empty.</param>
    /// <returns>Bytes read, 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The channel failed.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Whether <see cref="ReadInPlaceAsync"/> works: then pages whose places are known are not copied twice.</summary>
    public virtual bool ReadsInPlace => false;

    /// <summary>Reads what is there straight into memory outside the heap, piece after piece.</summary>
    /// <param name="pieces">Where to, in order; the memory stays in place until the read has ended.</param>
    /// <returns>Bytes read, 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The channel failed.</exception>
    /// <exception cref="NotSupportedException">The channel does not read in place.</exception>
    public virtual ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces) =>
        throw new NotSupportedException($"'{Name}' does not read in place");

    /// <summary>Sends bytes to the source, all of them.</summary>
    /// <param name="bytes">What to send.</param>
    /// <returns>Completes when the bytes are the channel's.</returns>
    /// <exception cref="IOException">The channel failed.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Lends the stream's bytes in place of copying them, where the channel has them all in memory (a mapped file, an
    /// array). Returns the same value on every call. A lent window stays valid until <see cref="Shutdown"/>.</summary>
    /// <param name="offset">Absolute offset in the stream, in bytes.</param>
    /// <param name="minimumBytes">Fewest bytes wanted; fewer come back only at the end of the stream.</param>
    /// <param name="window">The bytes from <paramref name="offset"/> on.</param>
    /// <returns>Whether this channel lends.</returns>
    public virtual bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        window = default;
        return false;
    }

    /// <summary>Where the stream begins in its file, in bytes (<c>file:PATH,offset=N</c>). Offsets in a mapped-ram file count from
    /// the file's beginning.</summary>
    public virtual long OriginBytes => 0;

    /// <summary>Whether <see cref="ReadAtAsync"/> works; a channel that lends need not offer it.</summary>
    public virtual bool CanSeek => false;

    /// <summary>Reads anywhere in the stream.</summary>
    /// <param name="offset">Absolute offset in the stream, in bytes.</param>
    /// <param name="buffer">Where to, not empty.</param>
    /// <returns>Bytes read, 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The channel failed.</exception>
    /// <exception cref="NotSupportedException">The channel cannot seek.</exception>
    public virtual ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer) =>
        throw new NotSupportedException($"'{Name}' cannot seek");

    /// <summary>Ends the incoming direction only: a read under way ends, and what is to be said to the source can still be
    /// said.</summary>
    public virtual void ShutdownRead() => Shutdown();

    /// <summary>Ends both directions; a read or write under way ends. Repeatable.</summary>
    public abstract void Shutdown();
}
