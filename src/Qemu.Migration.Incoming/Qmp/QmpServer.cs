using System.Net;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Transports;

namespace Qemu.Migration.Incoming.Qmp;

/// <summary>
/// A QMP monitor on a socket, for several clients at a time. The commands of all clients of all servers run one after the other. When
/// the limit of clients or of descriptors is reached, the next client replaces the one that has been idle for longest.
/// </summary>
internal sealed class QmpServer : IDisposable
{
    private const int FlushMilliseconds = 1000;

    // So many stay in any case: who looks after the migration has one of them.
    private const int FewClients = 8;
    private readonly SocketListener _listener;
    private readonly QmpService _service;
    private readonly DaemonLog _log;
    private readonly int _mostClients;

    // In the order in which they connected, so that of silent clients the oldest is disconnected first.
    private readonly List<QmpConnection> _clients = [];
    private QmpConnection? _starting;

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

    /// <summary>Disconnects the client that was idle for longest, where a server has more than a few, so that its threads can do something
    /// else.</summary>
    /// <param name="servers">The servers.</param>
    /// <param name="reason">Why, one clause.</param>
    /// <returns>Whether one was disconnected.</returns>
    public static bool TryDisconnectIdlest(IReadOnlyList<QmpServer> servers, string reason)
    {
        foreach (QmpServer server in servers)
        {
            if (server.TakeIdlest(FewClients) is not { } idlest)
                continue;
            server.Disconnect(idlest, reason);
            idlest.Ended.Wait(FlushMilliseconds);
            return true;
        }
        return false;
    }

    private void AcceptClients()
    {
        while (_listener.Accept() is { } socket)
        {
            QmpConnection client = new(_service, new SocketQmpChannel(socket), Forget);
            string? shortage = _listener.Shortage;
            QmpConnection? idlest = null;
            lock (_clients)
            {
                if (_clients.Count >= _mostClients)
                    shortage = $"client {_mostClients + 1} came; --qmp-clients allows more";
                if (shortage is not null)
                    idlest = TakeIdlest(0);
                _starting = client;
                _clients.Add(client);
            }
            if (idlest is not null)
                Disconnect(idlest, shortage!);
            if (!client.TryStart())
                _log.Warn($"refused a QMP client of {Name}: the system has no thread left");
            lock (_clients)
                _starting = null;
        }
    }

    private QmpConnection? TakeIdlest(int kept)
    {
        lock (_clients)
        {
            QmpConnection? idlest = _clients.Count <= kept ? null : _clients.Where(client => client != _starting).MinBy(client => client.LastHeard);
            if (idlest is not null)
                _clients.Remove(idlest);
            return idlest;
        }
    }

    private void Disconnect(QmpConnection idlest, string reason)
    {
        _log.Warn($"disconnected the QMP client of {Name} that was idle for longest: {reason}");
        idlest.Disconnect();
    }

    private void Forget(QmpConnection client)
    {
        lock (_clients)
            _clients.Remove(client);
    }
}
