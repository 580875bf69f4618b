using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A stream whose bytes are all in memory, or mapped as if they were: it can be looked at anywhere before it is loaded.</summary>
internal abstract class LendingChannel : MigrationChannel
{
    /// <summary>The most that is lent at once, in bytes.</summary>
    protected const int WindowBytes = 64 * 1024 * 1024;

    /// <summary>Bytes of the stream.</summary>
    public abstract long LengthBytes { get; }

    /// <summary>Lends bytes.</summary>
    /// <param name="offset">The first, from 0.</param>
    /// <param name="count">How many; fewer come back at the end.</param>
    /// <returns>The bytes; none beyond the end.</returns>
    public ReadOnlyMemory<byte> Lend(long offset, int count)
    {
        TryLend(offset, count, out ReadOnlyMemory<byte> window);
        return window.Length > count ? window[..count] : window;
    }

    /// <inheritdoc/>
    public override bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        long left = Math.Max(0, LengthBytes - offset);
        window = Slice(Math.Min(offset, LengthBytes), (int)Math.Min(left, Math.Max(minimumBytes, WindowBytes)));
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => throw new NotSupportedException("this channel lends its bytes");

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => throw new IOException($"'{Name}' cannot be written");

    /// <summary>Bytes inside the stream.</summary>
    /// <param name="offset">The first.</param>
    /// <param name="count">How many.</param>
    /// <returns>Exactly these.</returns>
    protected abstract ReadOnlyMemory<byte> Slice(long offset, int count);
}
