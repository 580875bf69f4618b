using System.Net.Sockets;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Qmp;

/// <summary>A client of the monitor on a socket. Reading and writing block the thread.</summary>
/// <param name="socket">The socket; the channel's own.</param>
internal sealed class SocketQmpChannel(Socket socket) : QmpChannel
{
    private readonly int[] _descriptors = new int[DescriptorSocket.MostDescriptors];

    /// <inheritdoc/>
    public override string Name => "qmp";

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, List<int> descriptors)
    {
        int count = DescriptorSocket.Receive(socket, buffer.Span, _descriptors, out int received);
        descriptors.AddRange(_descriptors.AsSpan(0, received));
        return new(count);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            for (ReadOnlySpan<byte> left = bytes.Span; !left.IsEmpty;)
                left = left[socket.Send(left)..];
            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override void Shutdown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client has gone already.
        }
    }

    /// <inheritdoc/>
    protected override void Close() => socket.Dispose();
}
