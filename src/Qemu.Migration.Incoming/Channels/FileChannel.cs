using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>
/// A file or a disk, read by position. It is not mapped: where a mapped file becomes shorter, the kernel ends the process that looks
/// behind its end, where a read says that the stream has ended.
/// </summary>
/// <param name="name">Its name, for people.</param>
/// <param name="file">The file; the channel's own.</param>
/// <param name="origin">Where in it the stream begins, in bytes.</param>
internal sealed class FileChannel(string name, SafeFileHandle file, long origin) : StoredChannel
{
    private long _position;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override long OriginBytes => origin;

    /// <summary>What stays in a processor's cache between the read and the copy to where it belongs.</summary>
    public override int ReadSizeBytes => 256 * 1024;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override long LengthBytes
    {
        get
        {
            // A block device reports no length: seek to its end to get one.
            using HeldDescriptor held = new(file);
            return Math.Max(0, LibC.Seek(held.Number, 0, LibC.SeekEnd) - origin);
        }
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> View(long offset, int count)
    {
        byte[] bytes = new byte[(int)Math.Clamp(LengthBytes - offset, 0, count)];
        int done = 0;
        for (int read = -1; done < bytes.Length && read != 0; done += read)
            read = Read(offset + done, bytes.AsSpan(done));
        return bytes.AsMemory(0, done);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        int read = Read(_position, buffer.Span);
        _position += read;
        return ValueTask.FromResult(read);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer) => ValueTask.FromResult(Read(offset, buffer.Span));

    /// <inheritdoc/>
    public override void Shutdown() => file.Dispose();

    private int Read(long offset, Span<byte> buffer)
    {
        try
        {
            return RandomAccess.Read(file, buffer, origin + offset);
        }
        catch (Exception error) when (error is ObjectDisposedException or UnauthorizedAccessException)
        {
            throw new IOException(error is ObjectDisposedException ? "the file was closed here" : error.Message, error);
        }
    }
}
