using System.Net;
using System.Net.Sockets;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Transports;

namespace Qemu.Migration.Incoming.Qmp;

/// <summary>
/// A QMP monitor on a socket, for several clients at a time. Commands of all clients of all servers are carried out one after the
/// other, under one lock.
/// </summary>
internal sealed class QmpServer : IDisposable
{
    private const int MostClients = 64;
    private const int FlushMilliseconds = 1000;
    private readonly SocketListener _listener;
    private readonly IncomingHost _host;
    private readonly QmpEvents _events;
    private readonly object _monitor;
    private readonly HashSet<Client> _clients = [];

    private QmpServer(SocketListener listener, IncomingHost host, QmpEvents events, object monitor)
    {
        _listener = listener;
        _host = host;
        _events = events;
        _monitor = monitor;
    }

    /// <summary>Where it listens, for people.</summary>
    public string Name => _listener.Name;

    /// <summary>Listens and serves.</summary>
    /// <param name="address"><c>unix:PATH</c> or <c>tcp:HOST:PORT</c>.</param>
    /// <param name="allowRemote">Whether clients may come from other machines.</param>
    /// <param name="host">What commands act on.</param>
    /// <param name="events">Where events come from.</param>
    /// <param name="monitor">The lock under which commands are carried out.</param>
    /// <returns>The server.</returns>
    /// <exception cref="FormatException">The address is none of these, or remote and not allowed.</exception>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static QmpServer Start(string address, bool allowRemote, IncomingHost host, QmpEvents events, object monitor)
    {
        SocketListener listener = MigrationAddress.Parse(address) switch
        {
            UnixAddress unix => SocketListener.Open(unix),
            TcpAddress tcp when allowRemote || IPAddress.IsLoopback(SocketListener.Resolve(tcp)) => SocketListener.Open(tcp),
            TcpAddress => throw new FormatException(
                $"'{address}' can be reached from other machines, and whoever reaches QMP owns this process: use --allow-remote"),
            _ => throw new FormatException($"'{address}' is no place for QMP: unix:PATH or tcp:HOST:PORT"),
        };
        QmpServer server = new(listener, host, events, monitor);
        RunThread("qmp/listen", server.AcceptClients);
        return server;
    }

    /// <summary>Stops listening, sends what is due and parts with the clients.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        Client[] clients;
        lock (_clients)
            clients = [.. _clients];
        foreach (Client client in clients)
            client.Finish();
    }

    private static void RunThread(string name, Action body) => new Thread(() => body()) { IsBackground = true, Name = name }.Start();

    private void AcceptClients()
    {
        while (_listener.Accept() is { } socket)
        {
            lock (_clients)
            {
                if (_clients.Count < MostClients)
                    _clients.Add(new(this, socket));
                else
                    socket.Dispose();
            }
        }
    }

    private void Forget(Client client)
    {
        lock (_clients)
            _clients.Remove(client);
    }

    /// <summary>One connection: a thread that reads and a thread that writes.</summary>
    private sealed class Client
    {
        private readonly QmpServer _server;
        private readonly Socket _socket;
        private readonly OutputQueue _output = new();
        private readonly QmpSession _session;
        private readonly ManualResetEventSlim _flushed = new();

        public Client(QmpServer server, Socket socket)
        {
            _server = server;
            _socket = socket;
            _session = new(server._host, _output.Add);
            _session.Greet();
            server._events.Attach(_session);
            RunThread("qmp/read", Read);
            RunThread("qmp/write", Write);
        }

        public void Finish()
        {
            _output.Complete();
            _flushed.Wait(FlushMilliseconds);
        }

        private void Read()
        {
            byte[] buffer = new byte[4096];
            try
            {
                for (int count; (count = _socket.Receive(buffer)) > 0; _output.WaitUntilShort())
                {
                    lock (_server._monitor)
                        _session.Feed(buffer.AsSpan(0, count));
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The client is gone, or this server is.
            }
            _server._events.Detach(_session);
            _output.Complete();
        }

        private void Write()
        {
            try
            {
                while (_output.Take() is { } lines)
                {
                    foreach (ReadOnlyMemory<byte> line in lines)
                        SendAll(line.Span);
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The client reads no more.
            }
            _output.Complete();
            _flushed.Set();
            _socket.Dispose();
            _server.Forget(this);
        }

        private void SendAll(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
                bytes = bytes[_socket.Send(bytes)..];
        }
    }
}
