using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>A channel as <see cref="System.Net.Security.SslStream"/> wants to see one. Its reads and writes complete at once where
/// the channel's do, so the stream above stays on the thread that reads or writes.</summary>
internal sealed class ChannelStream(MigrationChannel channel) : Stream
{
    /// <summary>Whether a read has found the end of the channel.</summary>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // An empty buffer asks whether there is something to read; there is nothing to wait for that the next read would not.
        if (buffer.IsEmpty)
            return 0;
        int read = await channel.ReadAsync(buffer);
        HasEnded |= read == 0;
        return read;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        channel.WriteAsync(buffer);

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
