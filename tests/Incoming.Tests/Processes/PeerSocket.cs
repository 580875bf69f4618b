using System.Net;
using System.Net.Sockets;

namespace Processes;

/// <summary>A test's end of a connection to a program under test.</summary>
public static class PeerSocket
{
    /// <summary>Connects; waits while the listener's backlog is full. What the socket does later has its limit too.</summary>
    public static Socket Connect(EndPoint end)
    {
        Socket socket = new(end.AddressFamily, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = (int)Patience.Limit.TotalMilliseconds,
            ReceiveTimeout = (int)Patience.Limit.TotalMilliseconds,
        };
        try
        {
            socket.Connect(end);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            if (error.SocketErrorCode == SocketError.WouldBlock)
                throw new InvalidOperationException($"nobody accepts connections at {end}");
            throw;
        }
    }

    /// <summary>Sends a stream as a source does, and reads to the end.</summary>
    /// <returns>What was answered.</returns>
    public static byte[] Feed(EndPoint end, byte[] stream)
    {
        using Socket socket = Connect(end);
        TrySend(socket, stream, ends: true);
        return ReadToEnd(socket);
    }

    /// <summary>Sends bytes, and the end where asked, to somebody who may refuse them.</summary>
    public static void TrySend(Socket socket, byte[] bytes, bool ends = false)
    {
        try
        {
            socket.Send(bytes);
            if (ends)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Refused; a hang shows at the next read. The error does not tell them apart: .NET reports EPIPE behind a part that was
            // sent as a timeout.
        }
    }

    /// <summary>Reads until the other side has ended the connection, or reset it; fails where it leaves the connection open.</summary>
    /// <returns>What was read.</returns>
    public static byte[] ReadToEnd(Socket socket)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[4096];
        try
        {
            for (int count; (count = socket.Receive(buffer)) > 0;)
                all.Write(buffer, 0, count);
        }
        catch (SocketException error) when (error.SocketErrorCode != SocketError.TimedOut)
        {
            // It was reset.
        }
        return all.ToArray();
    }
}
