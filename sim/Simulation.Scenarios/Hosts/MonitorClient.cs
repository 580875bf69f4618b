using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>
/// The management client: starts the migration, asks at random times, is awkward where the scenario says so, and sees the migration
/// to its end. It knows what its QMP session tells it, and nothing else decides what it does.
/// </summary>
internal sealed class MonitorClient
{
    private const long FirstBackoffNanoseconds = 1_000_000;
    private const int HastyRecoveries = 3;
    private const int MostLateRecoveries = 4;
    private const long RecoveryPollNanoseconds = 20_000_000;
    private const int LastPolls = 2;
    private const int FirstDescriptor = 100;

    private readonly SimulationLoop _loop;
    private readonly NetworkFabric _network;
    private readonly RunObservation _observation;
    private readonly MonitorOptions _options;
    private readonly LinkOptions _linkOptions;
    private readonly Prng _random;
    private readonly MonitorRequests _commands;
    private readonly Waiter _waiter;
    private readonly Alarm _alarm;
    private bool _wasWoken;
    private int _recoveries;
    private long _recoveredAt;
    private long _seesUntil;
    private int _lateRecoveries;
    private MonitorLink? _link;

    public MonitorClient(SimulationLoop loop, NetworkFabric network, RunObservation observation)
    {
        _loop = loop;
        _network = network;
        _observation = observation;
        _options = observation.Options.Monitor;
        _linkOptions = LinkOf(_options);
        _random = loop.Streams.Stream("monitor");
        _commands = new(observation.Options, _random, FirstDescriptor);
        _waiter = new Waiter(loop);
        _alarm = new Alarm(_waiter);
    }

    /// <summary>When it gives up, in virtual nanoseconds.</summary>
    public required long DeadlineNanoseconds { get; init; }

    /// <summary>Whether everything has come to its end, so that only the last looks are left.</summary>
    public required Func<bool> IsOver { get; init; }

    private bool HasLost => _link is not { Session.IsEndedByServer: false };

    /// <summary>What connections to the monitor are like.</summary>
    /// <param name="options">The monitor's options.</param>
    /// <returns>A link.</returns>
    public static LinkOptions LinkOf(MonitorOptions options) => new()
    {
        LatencyNanoseconds = options.LatencyNanoseconds,
        JitterNanoseconds = options.JitterNanoseconds,
        ShortReads = options.ReadsShort ? Ratio.Percent(50) : Ratio.Zero,
    };

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
        await ConnectAsync();
        await AskAsync(MonitorCommand.QueryMigrate);
        if (_options.SetsUpByCommand)
            await SetUpAsync();
        await WaitAsync(_options.StartsAtNanoseconds);
        if (_options.Quits == QuitMoment.BeforeIncoming)
        {
            await AskAsync(MonitorCommand.Quit);
            return;
        }

        if (_options.FirstAddressIsTaken)
            await AskAsync(MonitorCommand.BeginAtTakenAddress);
        await AskAsync(MonitorCommand.Begin);
        await WatchAsync();
        await SeeToTheEndAsync();
        await LookBackAsync();
        if (_options.Quits != QuitMoment.AtTheEnd)
            return;
        await AskAsync(MonitorCommand.Quit);
        await WaitAsync(FirstBackoffNanoseconds + (4 * _linkOptions.LatencyNanoseconds), isFirm: true);
    }

    private async ValueTask ConnectAsync()
    {
        _link = await MonitorLink.ConnectAsync(_loop, _network, _observation, _linkOptions, Notice);
        if (_options.IsAwkward && _random.NextInt(3) == 0)
        {
            await AskAsync(MonitorCommand.QueryStatus);
            await AskAsync(_commands.NegotiateWrongly());
        }

        await AskAsync(MonitorCommand.Negotiate);
    }

    // What is refused must leave no trace: the migration would show it.
    private async ValueTask SetUpAsync()
    {
        bool isAwkward = _options.IsAwkward;
        if (isAwkward)
            await AskAsync(_commands.Draw(isHarmless: true));
        await AskAsync(MonitorCommand.SetCapabilities);
        if (isAwkward)
            await AskAsync(_commands.Draw(isHarmless: true));
        await AskAsync(MonitorCommand.SetParameters);
        if (_observation.Options.Migration.Transport == Transport.Descriptor)
            await AskAsync(_commands.NameMainDescriptor());
        if (!isAwkward)
            return;
        await AskAsync(MonitorCommand.QueryCapabilities);
        await AskAsync(MonitorCommand.QueryParameters);
        await AskAsync(MonitorCommand.BeginNowhere);
    }

    private async ValueTask WatchAsync()
    {
        for (int i = 0; i < _options.CommandCount && !IsOver(); i++)
        {
            await WaitAsync(_options.IntervalNanoseconds == 0 ? 0 : 1 + _random.NextLong(2 * _options.IntervalNanoseconds));
            if (_options.Reconnects && i == _options.CommandCount / 3)
                await ReconnectAsync();
            if (_options.Quits == QuitMoment.UnderWay && i == _options.CommandCount / 2)
                await AskAsync(MonitorCommand.Quit);
            if (_options.IsAwkward && _random.NextInt(3) == 0)
                await AskAwkwardlyAsync();
            else
                await AskAsync(MonitorCommand.QueryMigrate);
            await RecoverAsync();
        }
    }

    // A migration that is paused goes on when its source comes back, and its source comes where it is awaited. Returns whether it is paused.
    private async ValueTask<bool> RecoverAsync()
    {
        bool isPaused = _observation.Queries.Count > 0 && _observation.Queries[^1].Status == "postcopy-paused";
        if (!isPaused || _observation.Options.Migration.Postcopy is not { Recovers: true } options)
            return false;

        // Each order takes the listener of the one before away: a manager is hasty a few times, and then gives the source time to come.
        long patience = RecoveryPollNanoseconds + options.RecoveryDelayNanoseconds + (10 * _observation.Options.Link.LatencyNanoseconds);
        if (_recoveries >= HastyRecoveries && _loop.NowNanoseconds < _recoveredAt + patience)
            return true;

        // A source that was lost late is awaited too, a few times. It needs time to come and to send the rest.
        if (_loop.NowNanoseconds > DeadlineNanoseconds && _lateRecoveries++ >= MostLateRecoveries)
            return true;
        _seesUntil = _loop.NowNanoseconds + patience + ScenarioBudget.DurationOf(_observation.Options);
        _recoveries++;
        await AskAsync(MonitorCommand.Recover);
        _recoveredAt = _loop.NowNanoseconds;
        return true;
    }

    private async ValueTask ReconnectAsync()
    {
        if (HasLost)
            return;
        if (_random.NextInt(2) == 0)
            await _link!.HangUpAsync();
        else
            _link!.Abort();
        await ConnectAsync();
    }

    private async ValueTask SeeToTheEndAsync()
    {
        long pause = Math.Max(FirstBackoffNanoseconds, _options.IntervalNanoseconds);
        while (!IsOver() && Math.Max(DeadlineNanoseconds, _seesUntil) - _loop.NowNanoseconds is > 0 and var left)
        {
            await WaitAsync(Math.Min(pause, left));
            if (!IsOver())
                await AskAsync(MonitorCommand.QueryMigrate);
            if (await RecoverAsync())
                pause = Math.Max(RecoveryPollNanoseconds, _options.IntervalNanoseconds);
            pause = Math.Min(pause + (pause / 2), DeadlineNanoseconds);
        }
    }

    private async ValueTask LookBackAsync()
    {
        for (int i = 0; i < LastPolls; i++)
        {
            await AskAsync(MonitorCommand.QueryMigrate);
            await WaitAsync(_random.NextLong(2_000_000_000), isFirm: true);
            _loop.TimeProvider.JumpWallClock(_random.NextLong(20_000_000_000) - 10_000_000_000);
            if (_options.IsAwkward)
                await AskAwkwardlyAsync();
        }

        await AskAsync(MonitorCommand.QueryMigrate);
        await AskAsync(MonitorCommand.QueryStatus);
    }

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

    private ValueTask AskAsync(MonitorCommand command) => AskAsync(_commands.Make(command));

    private ValueTask AskAsync(MonitorRequest request) => AskAsync([request]);

    // Several at once; query-migrate only in front, where what it was asked about is known.
    private ValueTask AskAwkwardlyAsync()
    {
        List<MonitorRequest> requests = [_commands.Draw(isHarmless: false)];
        while (requests[^1].Descriptor is null && _random.NextInt(3) == 0)
        {
            MonitorRequest next = _commands.Draw(isHarmless: false);
            if (next.Descriptor is null)
                requests.Add(next);
        }

        if (requests.Count > 1 && _random.NextInt(2) == 0)
            requests.Insert(0, _commands.Make(MonitorCommand.QueryMigrate));
        return AskAsync(requests);
    }

    private async ValueTask AskAsync(List<MonitorRequest> requests)
    {
        foreach (MonitorRequest request in requests)
            _loop.Record(ScenarioTraceKinds.Asked, (int)request.Command);
        List<int> cuts = [];
        if (_options.IsAwkward && _random.NextInt(4) == 0)
        {
            int length = requests.Sum(request => request.Text.Length);
            cuts.Add(1 + _random.NextInt(length - 1));
            if (_random.NextInt(3) == 0)
                cuts.Add(cuts[0] + _random.NextInt(length - cuts[0]));
        }

        if (_link is not null)
            await _link.AskAsync(requests, cuts);
        await _loop.Point("monitor.answered");
    }

    private sealed class Alarm(Waiter waiter) : TimedEvent
    {
        protected override void Fire() => waiter.Wake();
    }
}
