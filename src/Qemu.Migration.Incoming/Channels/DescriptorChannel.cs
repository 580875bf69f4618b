using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A descriptor that is no socket and cannot be mapped: a pipe, a terminal, an empty file. Reads block, and so complete at
/// once on the channel's own thread.</summary>
internal sealed class DescriptorChannel(string name, SafeFileHandle file) : MigrationChannel
{
    private readonly FileStream _stream = new(file, FileAccess.Read, bufferSize: 0);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return ValueTask.FromResult(_stream.Read(buffer.Span));
        }
        catch (Exception error) when (error is ObjectDisposedException or UnauthorizedAccessException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => throw new IOException($"'{name}' cannot be written");

    /// <inheritdoc/>
    public override void Shutdown() => _stream.Dispose();
}
