using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Native;
using SocketAddress = Qemu.Migration.Destination.Qapi.SocketAddress;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>A listening socket, for migrations and for QMP.</summary>
internal sealed class SocketListener : IDisposable
{
    // As many connections as multifd may have, and some.
    private const int Backlog = 512;
    private const int RetryMilliseconds = 100;

    // When so few descriptors are left, a new connection replaces an old one. The process keeps the last ones for itself: the runtime
    // opens a file for each of its parts.
    private const int FewDescriptors = 32;
    private const int LastDescriptors = 16;
    private readonly Socket _socket;
    private readonly string? _path;
    private readonly DaemonLog _log;
    private readonly ManualResetEventSlim _ended = new();
    private long _highest;
    private int _disposed;

    private SocketListener(Socket socket, EndPoint address, string? path, DaemonLog log)
    {
        _socket = socket;
        _path = path;
        _log = log;
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"Failed to bind socket{(path is null ? "" : $" to {path}")}: {error.Message}", error);
        }
        Address = path is not null ? new() { Type = "unix", Path = path } : ToAddress((IPEndPoint)socket.LocalEndPoint!);
    }

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public SocketAddress Address { get; }

    /// <summary>The address for people.</summary>
    public string Name => Address.ToUri();

    /// <summary>Why another connection should make room for the one that was accepted last, or null.</summary>
    public string? Shortage { get; private set; }

    /// <summary>Listens on a TCP port.</summary>
    /// <param name="address">Where.</param>
    /// <param name="log">Where it is said that a connection has to wait.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">The name is unknown or the port is taken.</exception>
    public static SocketListener Open(TcpAddress address, DaemonLog log)
    {
        IPAddress host = Resolve(address);
        for (int port = address.Port; ; port++)
        {
            try
            {
                return new(NewSocket(host.AddressFamily, ProtocolType.Tcp), new IPEndPoint(host, port), null, log);
            }
            catch (IOException error) when (port < address.HighestPort && address.Port != 0 && IsTaken(error))
            {
                // The next one may be free.
            }
        }
    }

    /// <summary>Listens on a Unix socket.</summary>
    /// <param name="address">Where; a socket left there is removed first, nothing else is.</param>
    /// <param name="log">Where it is said that a connection has to wait.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">The path cannot be bound.</exception>
    public static SocketListener Open(UnixAddress address, DaemonLog log)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(address.Path)) ?? "/";
        if (!Directory.Exists(folder))
            throw new IOException($"Failed to bind socket to {address.Path}: there is no folder '{folder}'; make it first");
        try
        {
            UnixDomainSocketEndPoint end = new(address.Path);
            if (File.Exists(address.Path) && IsAbandonedSocket(end))
                File.Delete(address.Path);
            return new(NewSocket(AddressFamily.Unix, ProtocolType.Unspecified), end, address.Path, log);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"Failed to bind socket to {address.Path}: {error.Message}", error);
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
        AddressFamily family = address switch
        {
            { IPv4: false } or { IPv6: true, IPv4: not true } => AddressFamily.InterNetworkV6,
            { IPv6: false } or { IPv4: true, IPv6: not true } => AddressFamily.InterNetwork,
            _ => AddressFamily.Unspecified,
        };
        if (address.Host.Length == 0)
            return family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        if (IPAddress.TryParse(address.Host, out IPAddress? number))
        {
            return family == AddressFamily.Unspecified || family == number.AddressFamily ? number : throw new IOException(
                $"address resolution failed for {address.Host}:{address.Port}: Address family for hostname not supported");
        }
        try
        {
            return Dns.GetHostAddresses(address.Host, family)[0];
        }
        catch (Exception error) when (error is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw new IOException($"address resolution failed for {address.Host}:{address.Port}: {error.Message}", error);
        }
    }

    /// <summary>Whether a connection waits to be accepted.</summary>
    public bool HasWaiting
    {
        get
        {
            try
            {
                return _socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits for a connection. Where descriptors run out, connections are refused; they come back when others end.</summary>
    /// <returns>The connection, or null once this is disposed of.</returns>
    public Socket? Accept()
    {
        while (true)
        {
            try
            {
                Socket socket = _socket.Accept();
                long left = DescriptorsLeft(socket.Handle);
                Shortage = left <= FewDescriptors ? $"of {LibC.DescriptorLimit} descriptors (ulimit -n) hardly one is left" : null;
                if (left > LastDescriptors)
                    return socket;
                socket.Dispose();
                _log.Warn($"refused a connection to {Name}: {Shortage}");
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_ended.IsSet)
                    return null;
                // A peer that left before it was accepted is no reason to wait.
                if (error is SocketException { SocketErrorCode: SocketError.ConnectionAborted })
                    continue;
                _log.Warn($"{Name}: a connection has to wait: {error.Message}");
                if (_ended.Wait(RetryMilliseconds))
                    return null;
            }
        }
    }

    /// <summary>Stops listening and removes a Unix socket's path, if it is still there.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _ended.Set();
        _socket.Dispose();
        try
        {
            if (_path is not null)
                File.Delete(_path);
        }
        catch (DirectoryNotFoundException)
        {
            // The folder has gone, and the socket with it.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Write($"{_path} stays behind: {error.Message}");
        }
    }

    // The system gives the lowest number that is free: while none was high, there are many left, and none has to be counted.
    private long DescriptorsLeft(long newest)
    {
        long limit = LibC.DescriptorLimit;
        _highest = Math.Max(_highest, newest);
        if (limit - _highest > FewDescriptors)
            return limit - _highest;
        try
        {
            return limit - Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (IOException)
        {
            // There is none left to look with.
            return 0;
        }
    }

    private static SocketAddress ToAddress(IPEndPoint address)
    {
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

    private static bool IsTaken(IOException error) =>
        error.InnerException is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse };

    private static Socket NewSocket(AddressFamily family, ProtocolType protocol)
    {
        try
        {
            return new(family, SocketType.Stream, protocol);
        }
        catch (SocketException error)
        {
            throw new IOException($"no socket: {error.Message}", error);
        }
    }

    // Nobody listens on an abandoned socket; and unlike any other file, a socket cannot be opened. Whoever listens and is too busy to
    // take the connection is there all the same.
    private static bool IsAbandonedSocket(UnixDomainSocketEndPoint end)
    {
        using Socket probe = NewSocket(AddressFamily.Unix, ProtocolType.Unspecified);
        try
        {
            probe.Blocking = false;
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
