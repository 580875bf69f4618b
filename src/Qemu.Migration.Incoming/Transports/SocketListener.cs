using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using SocketAddress = Qemu.Migration.Destination.Qapi.SocketAddress;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>A listening socket, for migrations and for QMP.</summary>
internal sealed class SocketListener : IDisposable
{
    // As many connections as multifd may have, and some.
    private const int Backlog = 512;
    private readonly Socket _socket;
    private readonly string? _path;
    private int _disposed;

    private SocketListener(Socket socket, EndPoint address, string? path)
    {
        _socket = socket;
        _path = path;
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"Failed to bind socket: {error.Message}", error);
        }
    }

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public SocketAddress Address
    {
        get
        {
            if (_path is not null)
                return new() { Type = "unix", Path = _path };
            IPEndPoint address = (IPEndPoint)_socket.LocalEndPoint!;
            bool v4 = address.AddressFamily == AddressFamily.InterNetwork;
            return new()
            {
                Type = "inet",
                Host = address.Address.ToString(),
                Port = address.Port.ToString(CultureInfo.InvariantCulture),
                IPv4 = v4 ? true : null,
                IPv6 = v4 ? null : true,
            };
        }
    }

    /// <summary>The address for people.</summary>
    public string Name => _path is not null ? "unix:" + _path : $"tcp:{_socket.LocalEndPoint}";

    /// <summary>Listens on a TCP port.</summary>
    /// <param name="address">Where.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">The name is unknown or the port is taken.</exception>
    public static SocketListener Open(TcpAddress address)
    {
        IPAddress host = Resolve(address);
        Socket socket = new(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        return new(socket, new IPEndPoint(host, address.Port), null);
    }

    /// <summary>Listens on a Unix socket.</summary>
    /// <param name="address">Where; a socket left there is removed first, nothing else is.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">The path cannot be bound.</exception>
    public static SocketListener Open(UnixAddress address)
    {
        try
        {
            UnixDomainSocketEndPoint end = new(address.Path);
            if (File.Exists(address.Path) && IsAbandonedSocket(end))
                File.Delete(address.Path);
            return new(new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), end, address.Path);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new IOException($"UNIX socket path '{address.Path}' is too long", error);
        }
    }

    /// <summary>Resolves an address's host; an empty one is every address of this machine.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The number.</returns>
    /// <exception cref="IOException">The name is unknown.</exception>
    public static IPAddress Resolve(TcpAddress address)
    {
        if (address.Host.Length == 0)
            return IPAddress.Any;
        if (IPAddress.TryParse(address.Host, out IPAddress? number))
            return number;
        try
        {
            return Dns.GetHostAddresses(address.Host)[0];
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            throw new IOException($"address resolution failed for {address.Host}:{address.Port}: {error.Message}", error);
        }
    }

    /// <summary>Waits for a connection.</summary>
    /// <returns>The connection, or null once this is disposed of.</returns>
    public Socket? Accept()
    {
        while (true)
        {
            try
            {
                return _socket.Accept();
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionAborted && _disposed == 0)
            {
                // The peer left before it was accepted.
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return null;
            }
        }
    }

    /// <summary>Stops listening and removes a Unix socket's path.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _socket.Dispose();
        if (_path is not null)
            File.Delete(_path);
    }

    // Nobody listens on an abandoned socket; and unlike any other file, a socket cannot be opened.
    private static bool IsAbandonedSocket(UnixDomainSocketEndPoint end)
    {
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(end);
            return false;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return !CanOpen(end.ToString()!);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool CanOpen(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
