using System.Text;
using System.Text.Json;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Engine.Time;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>A client's side of one QMP session: sends requests, and notes each line that comes and when.</summary>
internal sealed class MonitorLink
{
    /// <summary>How much longer than a reply can take the client waits for one.</summary>
    private const long PatienceNanoseconds = VirtualDuration.Millisecond;

    private readonly SimulationLoop _loop;
    private readonly RunObservation _observation;
    private readonly Endpoint _endpoint;
    private readonly Waiter _waiter;
    private readonly Alarm _alarm;
    private readonly byte[] _buffer = new byte[4096];
    private int _lineStart;
    private int _searched;

    private MonitorLink(SimulationLoop loop, RunObservation observation, Endpoint endpoint, MonitorSession session)
    {
        _loop = loop;
        _observation = observation;
        _endpoint = endpoint;
        Session = session;
        _waiter = new Waiter(loop);
        _alarm = new Alarm(_waiter);
    }

    /// <summary>What was seen of the session.</summary>
    public MonitorSession Session { get; }

    /// <summary>Told of each event.</summary>
    public Action? OnEvent { get; init; }

    /// <summary>Connects, and goes on to listen.</summary>
    /// <param name="loop">The world's loop.</param>
    /// <param name="network">The monitor's network.</param>
    /// <param name="observation">Where the session is noted.</param>
    /// <param name="link">What the connection is like.</param>
    /// <param name="onEvent">Told of each event, or null.</param>
    /// <returns>The session's client; null where the host listens no more.</returns>
    public static async ValueTask<MonitorLink?> ConnectAsync(
        SimulationLoop loop, NetworkFabric network, RunObservation observation, LinkOptions link, Action? onEvent)
    {
        MonitorSession session = new($"qmp/{observation.Sessions.Count}", link.LatencyNanoseconds + link.JitterNanoseconds);
        observation.Sessions.Add(session);
        try
        {
            Endpoint endpoint = await network.ConnectAsync(SimulatedMonitor.Address, session.Name, link);
            MonitorLink client = new(loop, observation, endpoint, session) { OnEvent = onEvent };
            loop.Spawn($"monitor/{session.Name}", client.ListenAsync, isBackground: true);
            return client;
        }
        catch (IOException)
        {
            session.IsEndedByServer = true;
            return null;
        }
    }

    /// <summary>Sends requests at once and waits for all replies.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="cuts">Places at which what is sent is cut into writes, in rising order.</param>
    public async ValueTask AskAsync(IReadOnlyList<MonitorRequest> requests, IReadOnlyList<int> cuts)
    {
        if (Session.IsEndedByServer)
            return;
        int first = Session.Exchanges.Count;
        ReadOnlyMemory<byte> text = Enqueue(requests);
        try
        {
            int sent = 0;
            foreach (int cut in cuts)
            {
                await WriteAsync(text[sent..cut]);
                await _loop.Point("monitor.half");
                sent = cut;
            }

            await WriteAsync(text[sent..]);
        }
        catch (IOException)
        {
            // The host has ended the session meanwhile.
        }

        long limit = _loop.NowNanoseconds + (2 * Session.DelayNanoseconds) + PatienceNanoseconds;
        while (Session.ReplyCount < first + requests.Count && !Session.IsEndedByServer && _loop.NowNanoseconds < limit)
        {
            _loop.Schedule(_alarm, limit);
            await _waiter.WaitAsync("monitor.reply");
        }

        _loop.Cancel(_alarm);
    }

    /// <summary>Sends bytes that complete no request.</summary>
    /// <param name="part">The bytes.</param>
    /// <param name="descriptor">The descriptor that goes with them, or null.</param>
    public async ValueTask SendPartAsync(ReadOnlyMemory<byte> part, int? descriptor)
    {
        if (descriptor is { } attached)
            Session.Attach(attached);
        Session.LooseDescriptor = descriptor;
        await WriteAsync(part);
    }

    /// <summary>Sends no more, and waits for the host to end the session.</summary>
    public async ValueTask HangUpAsync()
    {
        Leave();
        _endpoint.CloseWrite();
        long limit = _loop.NowNanoseconds + (2 * Session.DelayNanoseconds) + PatienceNanoseconds;
        while (!Session.IsEndedByServer && _loop.NowNanoseconds < limit)
        {
            _loop.Schedule(_alarm, limit);
            await _waiter.WaitAsync("monitor.end");
        }

        _loop.Cancel(_alarm);
    }

    /// <summary>Ends the session in both directions, whatever is under way.</summary>
    public void Abort()
    {
        Leave();
        Session.ListenedNanoseconds = _loop.NowNanoseconds;
        _endpoint.Abort();
    }

    private void Leave()
    {
        Session.LeftOrder = _observation.NextOrder();
        Session.LeftNanoseconds = _loop.NowNanoseconds;
    }

    private ReadOnlyMemory<byte> Enqueue(IReadOnlyList<MonitorRequest> requests)
    {
        long end = Session.SentBytes;
        foreach (MonitorRequest request in requests)
        {
            if (request.Descriptor is { } descriptor)
                Session.Attach(descriptor);
            Session.Exchanges.Add(new() { Session = Session, Request = request, EndBytes = end + request.NeededBytes });
            end += request.Text.Length;
        }

        if (requests.Count == 1)
            return requests[0].Text;
        byte[] text = new byte[end - Session.SentBytes];
        int filled = 0;
        foreach (MonitorRequest request in requests)
        {
            request.Text.CopyTo(text.AsMemory(filled));
            filled += request.Text.Length;
        }

        return text;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Session.SentBytes += bytes.Length;
        for (int i = Session.Exchanges.Count - 1; i >= 0 && Session.Exchanges[i].Order < 0; i--)
        {
            MonitorExchange exchange = Session.Exchanges[i];
            if (exchange.EndBytes <= Session.SentBytes && exchange.EndBytes > Session.SentBytes - bytes.Length)
                exchange.SentNanoseconds = _loop.NowNanoseconds;
        }

        return _endpoint.WriteAsync(bytes);
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await _endpoint.ReadAsync(_buffer) > 0)
                TakeLines();
        }
        catch (IOException)
        {
            // The session was reset, by this side or by the end of the host.
        }

        Session.IsEndedByServer = true;
        _waiter.Wake();
    }

    private void TakeLines()
    {
        ReadOnlyMemory<byte> bytes = _endpoint.BytesRead;
        for (int length; (length = bytes.Span[_searched..].IndexOf((byte)'\n')) >= 0;)
        {
            _searched += length + 1;
            Take(bytes[_lineStart.._searched]);
            _lineStart = _searched;
        }

        _searched = bytes.Length;
    }

    private void Take(ReadOnlyMemory<byte> text)
    {
        _observation.NoteLine(text.Span);
        MonitorExchange? asked = Session.ReplyCount < Session.Exchanges.Count ? Session.Exchanges[Session.ReplyCount] : null;
        MonitorLine line;
        try
        {
            line = MonitorReplies.Read(text, _loop.NowNanoseconds, asked?.Query);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            _observation.Thrown ??= $"QMP said {Encoding.UTF8.GetString(text.Span)}: {error.Message}";
            return;
        }

        Session.Lines.Add(line);
        if (line.Kind is MonitorLineKind.Return or MonitorLineKind.Error)
        {
            Session.ReplyCount++;
            if (asked is not null)
                Note(asked, line);
            _waiter.Wake();
        }
        else if (line.Kind == MonitorLineKind.Event)
        {
            _loop.Record(ScenarioTraceKinds.Heard, text: line.Event);
            OnEvent?.Invoke();
        }
    }

    private void Note(MonitorExchange asked, MonitorLine line)
    {
        asked.Reply = line;
        if (asked.Query is not { } query || line.Kind != MonitorLineKind.Return)
            return;
        _observation.Queries.Add(query);
        RamFigures? ram = query.Ram;
        _loop.Record(ScenarioTraceKinds.Answered, ram?.Transferred ?? 0, ram?.Normal ?? 0, ram?.Duplicate ?? 0, query.Status ?? "none");
    }

    private sealed class Alarm(Waiter waiter) : TimedEvent
    {
        protected override void Fire() => waiter.Wake();
    }
}
