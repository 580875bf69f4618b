using System.Net.Sockets;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Qmp;

/// <summary>One connection to a monitor: a thread that reads and a thread that writes.</summary>
internal sealed class QmpClient
{
    private readonly QmpService _service;
    private readonly Socket _socket;
    private readonly Action<QmpClient> _forget;
    private readonly OutputQueue _output = new();
    private readonly QmpSession _session;
    private readonly ManualResetEventSlim _flushed = new();
    private long _lastHeard = long.MinValue;

    /// <summary>Makes a client that does not run yet.</summary>
    /// <param name="service">What all clients share.</param>
    /// <param name="socket">The connection; the client's own.</param>
    /// <param name="forget">Called when the connection has ended.</param>
    public QmpClient(QmpService service, Socket socket, Action<QmpClient> forget)
    {
        _service = service;
        _socket = socket;
        _forget = forget;
        _session = new(service.Host, Send);
    }

    /// <summary>When the client last sent something, in milliseconds of the system's clock; the least number before it did.</summary>
    public long LastHeard => Volatile.Read(ref _lastHeard);

    /// <summary>Greets the client and serves it.</summary>
    /// <returns>False when the system has no thread left: the client is disconnected.</returns>
    public bool TryStart()
    {
        _session.Greet();
        _service.Events.Attach(_session);
        if (!DaemonThread.TryStart("qmp/write", Write))
        {
            Leave();
            return false;
        }
        if (DaemonThread.TryStart("qmp/read", Read))
            return true;
        Disconnect();
        return false;
    }

    /// <summary>Queues no more lines for the client. Lines already queued are still sent.</summary>
    public void Complete() => _output.Complete();

    /// <summary>Waits until the queued lines are sent, or the client has gone.</summary>
    /// <param name="milliseconds">How long at most.</param>
    public void WaitUntilFlushed(int milliseconds) => _flushed.Wait(milliseconds);

    /// <summary>Ends the connection. Lines that are still queued are lost.</summary>
    public void Disconnect()
    {
        _output.Complete();
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client has gone already.
        }
    }

    private void Send(ReadOnlyMemory<byte> line)
    {
        if (_output.TryAdd(line))
            return;
        _service.Log.Warn("disconnected a QMP client: it does not read, and too much is due to it");
        Disconnect();
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        int[] descriptors = new int[DescriptorSocket.MostDescriptors];
        for (int count; (count = DescriptorSocket.Receive(_socket, buffer, descriptors, out int received)) > 0; _output.WaitUntilShort())
        {
            Volatile.Write(ref _lastHeard, Environment.TickCount64);
            lock (_service.Lock)
            {
                _session.ReceiveDescriptors(descriptors.AsSpan(0, received));
                _session.Feed(buffer.AsSpan(0, count));
            }
        }
        lock (_service.Lock)
            _session.CloseDescriptors();
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
        Leave();
    }

    private void Leave()
    {
        _service.Events.Detach(_session);
        _output.Complete();
        _flushed.Set();
        _socket.Dispose();
        _forget(this);
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[_socket.Send(bytes)..];
    }
}
