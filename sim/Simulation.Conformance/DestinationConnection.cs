using System.Net.Sockets;

namespace Simulation.Conformance;

/// <summary>A connection to a destination that brings the bytes of a case, as they are sent.</summary>
internal sealed class DestinationConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly MemoryStream _heard = new();
    private int _queued;
    private bool _isClosed;

    private DestinationConnection(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        _socket = socket;
        _bytes = bytes;
    }

    /// <summary>Completes when all is sent that was asked for.</summary>
    public Task Sent { get; private set; } = Task.CompletedTask;

    /// <summary>Whether there is room for what is still to send.</summary>
    public bool IsLate => !Sent.IsCompleted && _socket.Poll(0, SelectMode.SelectWrite);

    /// <summary>What the destination has sent back, as far as it was heard.</summary>
    public ReadOnlyMemory<byte> Answers => _heard.ToArray();

    /// <summary>Connects.</summary>
    /// <param name="quiescence">Whether the destination waits.</param>
    /// <param name="path">Where it listens.</param>
    /// <param name="bytes">What the connection brings.</param>
    /// <returns>The connection, or null where it takes none.</returns>
    public static async Task<DestinationConnection?> TryMakeAsync(Quiescence quiescence, string path, ReadOnlyMemory<byte> bytes)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            if (await quiescence.OutlastsAsync(() => TryConnect(socket, path)))
                return new(socket, bytes);
        }
        catch (SocketException)
        {
            // It has failed and listens no more.
        }

        socket.Dispose();
        return null;
    }

    /// <summary>Sends what comes next, behind what was asked for before.</summary>
    /// <param name="count">How many bytes.</param>
    public void Send(int count)
    {
        int end = Math.Min(_queued + count, _bytes.Length);
        Sent = SendAsync(Sent, _bytes[_queued..end]);
        _queued = end;
    }

    /// <summary>Closes the connection, behind what was asked for before. What it says can still be heard.</summary>
    public void End() => Sent = EndAsync(Sent);

    /// <summary>Closes the connection for good when all is sent that was asked for: nobody hears what is sent back.</summary>
    public async Task CloseAsync()
    {
        await Sent;
        _socket.Dispose();
        _isClosed = true;
    }

    /// <summary>Hears what is there.</summary>
    /// <returns>Whether the destination has closed the connection.</returns>
    public bool Hear()
    {
        Span<byte> buffer = stackalloc byte[256];
        try
        {
            while (!_isClosed && _socket.Poll(0, SelectMode.SelectRead))
            {
                int count = _socket.Receive(buffer);
                _isClosed = count == 0;
                _heard.Write(buffer[..count]);
            }
        }
        catch (SocketException)
        {
            // It has closed before it had read all.
            _isClosed = true;
        }

        return _isClosed;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static bool TryConnect(Socket socket, string path)
    {
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
        {
            return false;
        }
    }

    private async Task SendAsync(Task before, ReadOnlyMemory<byte> bytes)
    {
        await before;
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await _socket.SendAsync(bytes)..];
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // It closes when it has failed.
        }
    }

    private async Task EndAsync(Task before)
    {
        await before;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // It has closed it already.
        }
    }
}
