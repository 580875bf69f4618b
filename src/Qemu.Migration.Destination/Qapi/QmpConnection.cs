using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>What the monitors of one process share.</summary>
/// <param name="Environment">The host's tasks, clock and trace.</param>
/// <param name="Host">What commands act on.</param>
/// <param name="Events">Where events come from.</param>
/// <param name="Lock">The lock under which commands are carried out, one after the other.</param>
internal sealed record QmpService(DestinationEnvironment Environment, IncomingHost Host, QmpEvents Events, object Lock);

/// <summary>One client of a monitor from greeting to goodbye: a task that reads and carries out commands, and a task that writes.</summary>
internal sealed class QmpConnection
{
    private const int ReadBytes = 4096;
    private readonly QmpService _service;
    private readonly QmpChannel _channel;
    private readonly Action<QmpConnection> _forget;
    private readonly QmpOutput _output;
    private readonly QmpSession _session;
    private readonly TaskCompletionSource _ended = Signals.NewSignal();
    private long _lastHeard = long.MinValue;

    /// <summary>Makes a connection that is not served yet.</summary>
    /// <param name="service">What all connections share.</param>
    /// <param name="channel">The connection's bytes; closed when it has ended.</param>
    /// <param name="forget">Called when it has ended.</param>
    public QmpConnection(QmpService service, QmpChannel channel, Action<QmpConnection> forget)
    {
        _service = service;
        _channel = channel;
        _forget = forget;
        _output = new(service.Environment);
        _session = new(service.Host, Send);
    }

    /// <summary>When the client last sent something, by the clock's timestamp; the least number before it did.</summary>
    public long LastHeard => Volatile.Read(ref _lastHeard);

    /// <summary>Completes when the queued lines are sent, or the client has gone.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Greets the client and serves it.</summary>
    /// <returns>False when the host has nothing left to run a task on: the client is disconnected.</returns>
    public bool TryStart()
    {
        _session.Greet();
        _service.Events.Attach(_session);
        if (!TrySpawn("write", WriteAsync))
        {
            Leave();
            return false;
        }
        if (TrySpawn("read", ReadAsync))
            return true;
        Disconnect();
        return false;
    }

    /// <summary>Queues no more lines for the client. Lines already queued are still sent.</summary>
    public void Complete() => _output.Complete();

    /// <summary>Ends the connection. Lines that are still queued are lost.</summary>
    public void Disconnect()
    {
        _output.Complete();
        _channel.Shutdown();
    }

    private bool TrySpawn(string name, Func<Task> body)
    {
        try
        {
            _service.Environment.Spawn($"{_channel.Name}/{name}", body);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Send(ReadOnlyMemory<byte> line)
    {
        if (_output.TryAdd(line))
            return;
        _service.Environment.Trace.Warning("disconnected a QMP client: it does not read, and too much is due to it");
        Disconnect();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[ReadBytes];
        List<int> descriptors = [];
        for (int count; (count = await _channel.ReadAsync(buffer, descriptors)) > 0; await _output.WaitUntilShortAsync())
        {
            Volatile.Write(ref _lastHeard, _service.Environment.TimeProvider.GetTimestamp());
            lock (_service.Lock)
            {
                _session.ReceiveDescriptors(descriptors);
                _session.Feed(buffer.AsSpan(0, count));
            }
            descriptors.Clear();
        }
        lock (_service.Lock)
            _session.CloseDescriptors();
        _output.Complete();
    }

    private async Task WriteAsync()
    {
        try
        {
            while (await _output.TakeAsync() is { } lines)
            {
                foreach (ReadOnlyMemory<byte> line in lines)
                    await _channel.WriteAsync(line);
            }
        }
        catch (IOException)
        {
            // The client has closed its connection.
        }
        Leave();
    }

    private void Leave()
    {
        _service.Events.Detach(_session);
        _output.Complete();
        _channel.Dispose();
        _ended.SetResult();
        _forget(this);
    }
}
