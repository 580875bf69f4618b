using System.Net;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Transports;

namespace Qemu.Migration.Incoming.Qmp;

/// <summary>What the monitors of one process share.</summary>
/// <param name="Host">What commands act on.</param>
/// <param name="Events">Where events come from.</param>
/// <param name="Lock">The lock under which commands are carried out, one after the other.</param>
/// <param name="Log">Where warnings about clients go.</param>
internal sealed record QmpService(IncomingHost Host, QmpEvents Events, object Lock, DaemonLog Log);

/// <summary>
/// A QMP monitor on a socket, for several clients at a time. The commands of all clients of all servers run one after the other. When
/// the limit of clients is reached, the next client replaces the one that has been idle for longest.
/// </summary>
internal sealed class QmpServer : IDisposable
{
    private const int FlushMilliseconds = 1000;
    private readonly SocketListener _listener;
    private readonly QmpService _service;
    private readonly int _mostClients;

    // In the order in which they connected: of clients that never sent anything, the first one is the idlest.
    private readonly List<QmpClient> _clients = [];

    private QmpServer(SocketListener listener, QmpService service, int mostClients)
    {
        _listener = listener;
        _service = service;
        _mostClients = mostClients;
    }

    /// <summary>Where it listens, for people.</summary>
    public string Name => _listener.Name;

    /// <summary>Listens and serves.</summary>
    /// <param name="address"><c>unix:PATH</c> or <c>tcp:HOST:PORT</c>.</param>
    /// <param name="allowRemote">Whether clients may come from other machines.</param>
    /// <param name="mostClients">How many clients there may be.</param>
    /// <param name="service">What all servers share.</param>
    /// <returns>The server.</returns>
    /// <exception cref="FormatException">The address is none of these, or remote and not allowed.</exception>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static QmpServer Start(string address, bool allowRemote, int mostClients, QmpService service)
    {
        SocketListener listener = MigrationAddress.Parse(address) switch
        {
            UnixAddress unix => SocketListener.Open(unix, service.Log),
            TcpAddress tcp when allowRemote || IPAddress.IsLoopback(SocketListener.Resolve(tcp)) => SocketListener.Open(tcp, service.Log),
            TcpAddress => throw new FormatException(
                $"'{address}' can be reached from other machines, and whoever reaches QMP owns this process: use --allow-remote"),
            _ => throw new FormatException($"'{address}' is no place for QMP: unix:PATH or tcp:HOST:PORT"),
        };
        QmpServer server = new(listener, service, mostClients);
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
        List<QmpClient> clients = [];
        foreach (QmpServer server in servers)
        {
            server._listener.Dispose();
            lock (server._clients)
                clients.AddRange(server._clients);
        }
        clients.ForEach(client => client.Complete());
        long deadline = Environment.TickCount64 + FlushMilliseconds;
        clients.ForEach(client => client.WaitUntilFlushed((int)Math.Max(0, deadline - Environment.TickCount64)));
    }

    /// <summary>Stops listening, and ends the connections as <see cref="EndAll"/> does.</summary>
    public void Dispose() => EndAll([this]);

    private void AcceptClients()
    {
        while (_listener.Accept() is { } socket)
        {
            QmpClient client = new(_service, socket, Forget);
            lock (_clients)
            {
                if (_clients.Count >= _mostClients)
                    DisconnectIdlest();
                _clients.Add(client);
            }
            if (!client.TryStart())
                _service.Log.Warn($"refused a QMP client of {Name}: the system has no thread left");
        }
    }

    private void DisconnectIdlest()
    {
        QmpClient idlest = _clients.MinBy(client => client.LastHeard)!;
        _service.Log.Warn(
            $"disconnected a QMP client of {Name}: it was idle for longest when client {_mostClients + 1} came; --qmp-clients allows more");
        _clients.Remove(idlest);
        idlest.Disconnect();
    }

    private void Forget(QmpClient client)
    {
        lock (_clients)
            _clients.Remove(client);
    }
}
