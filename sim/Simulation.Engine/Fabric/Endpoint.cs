namespace Simulation.Engine.Fabric;

/// <summary>
/// One side of a connection, with the manners of a TCP socket. One task reads at a time and one writes at a time;
/// <see cref="CloseWrite"/>, <see cref="Shutdown"/> and <see cref="Abort"/> may be called by any task at any time.
/// </summary>
public sealed class Endpoint
{
    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;

    internal Endpoint(FabricConnection connection, Pipe incoming, Pipe outgoing, bool isClient)
    {
        Connection = connection;
        _incoming = incoming;
        _outgoing = outgoing;
        IsClient = isClient;
    }

    /// <summary>The connection.</summary>
    public FabricConnection Connection { get; }

    /// <summary>Whether this side connected.</summary>
    public bool IsClient { get; }

    /// <summary>Reads what there is, after waiting for the first byte.</summary>
    /// <param name="buffer">Where to, not empty.</param>
    /// <returns>1 to <paramref name="buffer"/>'s length, or 0 at the end of the stream and after the own <see cref="Shutdown"/>. To be
    /// awaited once, at once.</returns>
    /// <exception cref="ConnectionResetException">The connection was reset and all that had been delivered is read.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer) => _incoming.ReadAsync(buffer);

    /// <summary>Whether the peer has ended its stream, or the connection was reset, and nothing is left to read.</summary>
    public bool HasEnded => _incoming.HasEnded;

    /// <summary>All bytes read so far, as they were read; valid until the fabric is reset.</summary>
    public ReadOnlyMemory<byte> BytesRead => _incoming.BytesRead;

    /// <summary>Where the bytes written are kept, by their offset in the stream, until the fabric is reset.</summary>
    public ByteLog Outgoing => _outgoing.Log;

    /// <summary>Writes all bytes, waiting while the window is full.</summary>
    /// <param name="bytes">What to send; empty is allowed and does nothing. Copied, unless it stands in <see cref="Outgoing"/> where it
    /// belongs: then it must not change any more.</param>
    /// <returns>Completes when all bytes are on their way. To be awaited once, at once.</returns>
    /// <exception cref="ConnectionResetException">The connection was reset.</exception>
    /// <exception cref="BrokenPipeException">This side had ended its stream, or did so meanwhile.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _outgoing.WriteAsync(bytes);

    /// <summary>Ends the own stream; the peer reads the end behind all bytes. The other direction goes on. Repeatable.</summary>
    public void CloseWrite() => _outgoing.EndWrite();

    /// <summary>Ends reading only, as shutdown(2) with SHUT_RD does: a read under way ends with 0. What had been delivered can still be
    /// read, and so can what arrives later; the peer notices nothing. Repeatable.</summary>
    public void ShutdownRead() => _incoming.ShutRead(refusesBytes: false);

    /// <summary>Ends both directions, as shutdown(2) does: a read under way ends with 0, a write with <see cref="BrokenPipeException"/>.
    /// What had been delivered can still be read; bytes that arrive later reset the connection. Repeatable.</summary>
    public void Shutdown()
    {
        Connection.RecordShutdown(_outgoing);
        _outgoing.EndWrite();
        _incoming.ShutRead(refusesBytes: true);
    }

    /// <summary>Resets the connection, as a process that dies with bytes unread does.</summary>
    public void Abort() => Connection.ResetBoth();
}
