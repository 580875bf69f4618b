using System.Net;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Transports;

namespace Qemu.Migration.Incoming.Qmp;

/// <summary>
/// A QMP monitor on a socket, for several clients at a time. The commands of all clients of all servers run one after the other. When
/// the limit of clients is reached, the next client replaces the one that has been idle for longest.
/// </summary>
internal sealed class QmpServer : IDisposable
{
    private const int FlushMilliseconds = 1000;
    private readonly SocketListener _listener;
    private readonly QmpService _service;
    private readonly DaemonLog _log;
    private readonly int _mostClients;

    // In the order in which they connected, so that of silent clients the oldest is disconnected first.
    private readonly List<QmpConnection> _clients = [];

    private QmpServer(SocketListener listener, QmpService service, DaemonLog log, int mostClients)
    {
        _listener = listener;
        _service = service;
        _log = log;
        _mostClients = mostClients;
    }

    /// <summary>Where it listens, for people.</summary>
    public string Name => _listener.Name;

    /// <summary>Listens and serves.</summary>
    /// <param name="address"><c>unix:PATH</c> or <c>tcp:HOST:PORT</c>.</param>
    /// <param name="allowRemote">Whether clients may come from other machines.</param>
    /// <param name="mostClients">How many clients there may be.</param>
    /// <param name="service">What all servers share.</param>
    /// <param name="log">Where warnings about clients go.</param>
    /// <returns>The server.</returns>
    /// <exception cref="FormatException">The address is none of these, or remote and not allowed.</exception>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static QmpServer Start(string address, bool allowRemote, int mostClients, QmpService service, DaemonLog log)
    {
        SocketListener listener = MigrationAddress.Parse(address) switch
        {
            UnixAddress unix => SocketListener.Open(unix, log),
            TcpAddress tcp when allowRemote || IPAddress.IsLoopback(SocketListener.Resolve(tcp)) => SocketListener.Open(tcp, log),
            TcpAddress => throw new FormatException(
                $"'{address}' can be reached from other machines, and whoever reaches QMP owns this process: use --allow-remote"),
            _ => throw new FormatException($"'{address}' is no place for QMP: unix:PATH or tcp:HOST:PORT"),
        };
        QmpServer server = new(listener, service, log, mostClients);
        if (DaemonThread.TryStart("qmp/listen", server.AcceptClients))
            return server;
        listener.Dispose();
        throw new IOException($"--qmp {address}: the system has no thread left");
    }

    /// <summary>Stops listening, and ends the connections of all servers when their queued lines are sent. Waits for that at most a
    /// second in all, however many clients do not read.</summary>
    /// <param name="servers">The servers.</param>
    public static void EndAll(IReadOnlyList<QmpServer> servers)
    {
        List<QmpConnection> clients = [];
        foreach (QmpServer server in servers)
        {
            server._listener.Dispose();
            lock (server._clients)
                clients.AddRange(server._clients);
        }
        clients.ForEach(client => client.Complete());
        long deadline = Environment.TickCount64 + FlushMilliseconds;
        clients.ForEach(client => client.Ended.Wait((int)Math.Max(0, deadline - Environment.TickCount64)));
    }

    /// <summary>Stops listening, and ends the connections as <see cref="EndAll"/> does.</summary>
    public void Dispose() => EndAll([this]);

    private void AcceptClients()
    {
        while (_listener.Accept() is { } socket)
        {
            QmpConnection client = new(_service, new SocketQmpChannel(socket), Forget);
            lock (_clients)
            {
                if (_clients.Count >= _mostClients)
                    DisconnectIdlest();
                _clients.Add(client);
            }
            if (!client.TryStart())
                _log.Warn($"refused a QMP client of {Name}: the system has no thread left");
        }
    }

    private void DisconnectIdlest()
    {
        QmpConnection idlest = _clients.MinBy(client => client.LastHeard)!;
        _log.Warn(
            $"disconnected a QMP client of {Name}: it was idle for longest when client {_mostClients + 1} came; --qmp-clients allows more");
        _clients.Remove(idlest);
        idlest.Disconnect();
    }

    private void Forget(QmpConnection client)
    {
        lock (_clients)
            _clients.Remove(client);
    }
}
