using System.Text;
using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Qapi;
using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Tracing;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>
/// The management client: starts the migration, asks at random times, is awkward where the scenario says so, and sees the migration
/// to its end. It knows what the QMP session tells it, and nothing else decides what it does.
/// </summary>
internal sealed class MonitorClient
{
    private const long FirstBackoffNanoseconds = 1_000_000;
    private const int LastPolls = 2;

    /// <summary>The brace and the line break that complete a command.</summary>
    private const int ClosingBytes = 2;

    private readonly SimulationLoop _loop;
    private readonly RunObservation _observation;
    private readonly MonitorOptions _options;
    private readonly SimulatedHost _host;
    private readonly QmpSession _session;
    private readonly Prng _random;
    private readonly Waiter _waiter;
    private readonly Alarm _alarm;
    private bool _wasWoken;
    private QueryReply? _query;
    private MonitorLine? _reply;
    private int _replyOrder;

    public MonitorClient(SimulationLoop loop, SimulatedHost host, RunObservation observation)
    {
        _loop = loop;
        _host = host;
        _observation = observation;
        _options = observation.Options.Monitor;
        _random = loop.Streams.Stream("monitor");
        _waiter = new Waiter(loop);
        _alarm = new Alarm(_waiter);
        _session = new QmpSession(host, Hear);
    }

    /// <summary>When it gives up, in virtual nanoseconds.</summary>
    public required long DeadlineNanoseconds { get; init; }

    /// <summary>Whether everything has come to its end, so that only the last looks are left.</summary>
    public required Func<bool> IsOver { get; init; }

    /// <summary>Wakes it where it reacts at once, and always when all may be over.</summary>
    public void Notice()
    {
        if (!_options.ReactsAtOnce && !IsOver())
            return;
        _wasWoken = true;
        _waiter.Wake();
    }

    /// <summary>Its life.</summary>
    public async Task RunAsync()
    {
        _session.Greet();
        _host.Events.Attach(_session);
        await AskAsync(MonitorCommand.Negotiate);
        await AskAsync(MonitorCommand.QueryMigrate);
        await WaitAsync(_options.StartsAtNanoseconds);
        if (_options.FirstAddressIsTaken)
            await AskAsync(MonitorCommand.BeginAtTakenAddress);
        await AskAsync(MonitorCommand.Begin);
        for (int i = 0; i < _options.CommandCount && !IsOver(); i++)
        {
            await WaitAsync(_options.IntervalNanoseconds == 0 ? 0 : 1 + _random.NextLong(2 * _options.IntervalNanoseconds));
            await AskAsync(_options.IsAwkward && _random.NextInt(3) == 0 ? DrawAwkward() : MonitorCommand.QueryMigrate);
        }

        await SeeToTheEndAsync();
        for (int i = 0; i < LastPolls; i++)
        {
            await AskAsync(MonitorCommand.QueryMigrate);
            await WaitAsync(_random.NextLong(2_000_000_000), isFirm: true);
            _loop.TimeProvider.JumpWallClock(_random.NextLong(20_000_000_000) - 10_000_000_000);
        }

        await AskAsync(MonitorCommand.QueryMigrate);
        await AskAsync(MonitorCommand.QueryStatus);
    }

    private async ValueTask SeeToTheEndAsync()
    {
        long pause = Math.Max(FirstBackoffNanoseconds, _options.IntervalNanoseconds);
        while (!IsOver() && _loop.NowNanoseconds < DeadlineNanoseconds)
        {
            await WaitAsync(Math.Min(pause, DeadlineNanoseconds - _loop.NowNanoseconds));
            if (!IsOver())
                await AskAsync(MonitorCommand.QueryMigrate);
            pause += pause / 2;
        }
    }

    private MonitorCommand DrawAwkward() =>
        (MonitorCommand)_random.Between((int)MonitorCommand.BeginAgain, (int)MonitorCommand.Unknown);

    // A firm wait is not cut short by what happens meanwhile.
    private async ValueTask WaitAsync(long nanoseconds, bool isFirm = false)
    {
        long until = _loop.NowNanoseconds + nanoseconds;
        if (nanoseconds == 0)
            await _loop.Point("monitor");
        while (_loop.NowNanoseconds < until)
        {
            if (_wasWoken && !isFirm)
                break;
            _loop.Schedule(_alarm, until);
            await _waiter.WaitAsync("monitor");
        }

        _loop.Cancel(_alarm);
        _wasWoken = false;
    }

    private async ValueTask AskAsync(MonitorCommand command)
    {
        ReadOnlyMemory<byte> text = MonitorCommands.TextOf(command, _observation.Options.Migration);
        _loop.Record(ScenarioTraceKinds.Asked, (int)command);
        if (_options.IsAwkward && _random.NextInt(4) == 0)
        {
            int half = _random.NextInt(text.Length - ClosingBytes);
            Feed(text[..half]);
            await _loop.Point("monitor.half");
            text = text[half..];
        }

        _reply = null;
        _query = command != MonitorCommand.QueryMigrate ? null : new QueryReply
        {
            Order = _observation.NextOrder(),
            TimeNanoseconds = _loop.NowNanoseconds,
            MainBytes = _observation.Main?.Count ?? 0,
            ChannelBytes = _observation.Channels.Sum(channel => (long)channel.Count),
        };
        long sent = _loop.NowNanoseconds;
        Feed(text);
        Note(command, sent);
        await _loop.Point("monitor.answered");
    }

    private void Feed(ReadOnlyMemory<byte> text) => _observation.Watch(() => _session.Feed(text.Span));

    private void Note(MonitorCommand command, long sent)
    {
        int order = _reply is null ? _observation.NextOrder() : _replyOrder;
        bool isReply = _reply?.Id == MonitorCommands.IdOf(command);
        long? answered = _reply is null ? null : _loop.NowNanoseconds;
        string? status = command == MonitorCommand.QueryStatus ? _reply?.Status : null;
        _observation.Commands.Add(new(order, sent, answered, command, _reply?.Error, isReply, status));
        if (_query is null || _reply is null)
            return;
        _observation.Queries.Add(_query);
        RamFigures? ram = _query.Ram;
        _loop.Record(ScenarioTraceKinds.Answered, ram?.Transferred ?? 0, ram?.Normal ?? 0, ram?.Duplicate ?? 0, _query.Status ?? "none");
    }

    private void Hear(ReadOnlyMemory<byte> line)
    {
        _observation.NoteLine(line.Span);
        MonitorLine heard;
        try
        {
            heard = MonitorReplies.Read(line.Span, _query);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            _observation.Thrown ??= $"QMP said {Encoding.UTF8.GetString(line.Span)}: {error.Message}";
            return;
        }

        if (heard.Kind == MonitorLineKind.Event)
        {
            _loop.Record(ScenarioTraceKinds.Heard, text: heard.Event);
            _observation.Events.Add(new(_observation.NextOrder(), _loop.NowNanoseconds, heard.Event!, heard.Status));
            Notice();
        }
        else if (heard.Kind != MonitorLineKind.Greeting)
        {
            _reply = heard;
            _replyOrder = _observation.NextOrder();
        }
    }

    private sealed class Alarm(Waiter waiter) : TimedEvent
    {
        protected override void Fire() => waiter.Wake();
    }
}
