using System.Net.Sockets;
using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A connected socket with blocking calls: on a thread of its own nothing is faster, and every await completes at once.</summary>
internal sealed class SocketChannel(string name, Socket socket, bool fromListener) : MigrationChannel
{
    private const int LongReadBytes = 64 * 1024;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool FromListener => fromListener;

    /// <inheritdoc/>
    public override bool HasEnded
    {
        get
        {
            try
            {
                return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public override int ReadSizeBytes => 256 * 1024;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            // A thread that has received a buffer is the one that may wait. Otherwise it loses the processor later, maybe while it holds
            // the memory file's lock, and a thread with the request for a touched page waits for the end of its time slice. TLS reads
            // records of 16 KiB, which is too often for it.
            if (buffer.Length > LongReadBytes)
                Thread.Yield();
            return ValueTask.FromResult(socket.Receive(buffer.Span));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw Failure(error);
        }
    }

    /// <inheritdoc/>
    public override bool ReadsInPlace => true;

    /// <inheritdoc/>
    public override unsafe ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        const int mostPieces = 1024;
        using HeldDescriptor held = new(socket.SafeHandle);
        fixed (MemoryPiece* first = pieces.Span)
        {
            while (true)
            {
                nint read = LibC.ReadVector(held.Number, first, Math.Min(pieces.Length, mostPieces));
                if (read >= 0)
                    return ValueTask.FromResult((int)read);
                int error = Marshal.GetLastPInvokeError();
                if (error == LibC.WouldBlock)
                    WaitUntilReadable();
                else if (error != LibC.Interrupted)
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            ReadOnlySpan<byte> left = bytes.Span;
            while (!left.IsEmpty)
                left = left[socket.Send(left)..];
            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw Failure(error);
        }
    }

    /// <inheritdoc/>
    public override void ShutdownRead()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The peer has gone already.
        }
    }

    /// <inheritdoc/>
    public override void Shutdown()
    {
        try
        {
            // The peer must read what was sent before it sees the end. A plain close could discard those bytes.
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The peer has gone already.
        }
        socket.Dispose();
    }

    // What the system says of a connection that was ended here, says nothing to the reader.
    private static IOException Failure(Exception error) => new(
        error is SocketException { SocketErrorCode: not (SocketError.ConnectionAborted or SocketError.OperationAborted) }
            ? error.Message : "the connection was shut down here",
        error);

    private void WaitUntilReadable()
    {
        try
        {
            socket.Poll(-1, SelectMode.SelectRead);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw Failure(error);
        }
    }
}
