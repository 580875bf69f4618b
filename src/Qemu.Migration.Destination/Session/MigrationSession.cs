using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Hosting.Signals;
using static Qemu.Migration.Destination.Session.SessionEvent;
using static Qemu.Migration.Destination.Session.SessionPhase;

namespace Qemu.Migration.Destination.Session;

/// <summary>
/// The course of one incoming migration, from its first connection to its end. A session outlives its connections: it owns the counters,
/// guest memory and the outcome. The phase (see the picture at <see cref="SessionPhase"/>) holds the connections, and each connection's
/// reader holds its buffer and offset.
/// </summary>
internal sealed partial class MigrationSession
{
    private const string HasItsConnections = "the migration has its connections already";

    private readonly IncomingMigration _migration;
    private readonly DestinationEnvironment _environment;
    private readonly MigrationCapabilities _capabilities;
    private readonly MigrationParameters _parameters;
    private readonly SessionLimits _limits;
    private readonly Newcomers _newcomers;
    private readonly LoadSession _load;
    private readonly object _lock = new();
    private readonly TaskCompletionSource _ended = NewSignal();
    private SessionPhase _phase;
    private MigrationListener? _listener;
    private int _accepted;
    private int _isMainClaimed;

    /// <summary>Makes a session that waits for its source.</summary>
    public MigrationSession(
        IncomingMigration migration, DestinationEnvironment environment, MigrationCapabilities capabilities,
        MigrationParameters parameters, SessionLimits limits)
    {
        _migration = migration;
        _environment = environment;
        _capabilities = capabilities;
        _parameters = parameters;
        _limits = limits;
        _newcomers = new(limits);
        _load = new(environment, migration.Machine, migration.Memory, capabilities, migration.State, NewPostcopy());
        _phase = NewSetup();
    }

    /// <summary>Completes when the outcome is published and the last message is sent.</summary>
    public Task Ended => _ended.Task;

    // In a mapped-ram file the channels are readers of the same file, so no connection is awaited.
    private bool AwaitsChannels => _capabilities.Multifd && !_capabilities.MappedRam;

    /// <summary>Takes connections until no other will come.</summary>
    /// <param name="listener">Where they come from; disposed of when the migration has ended.</param>
    public async Task ServeAsync(MigrationListener listener)
    {
        MigrationListener? previous;
        lock (_lock)
            (previous, _listener) = (_listener, listener);
        // A recovery may have a listener of its own.
        previous?.Dispose();
        if (Ended.IsCompleted)
            listener.Dispose();
        while (await listener.AcceptAsync() is { } channel)
        {
            Watch();
            if (Accept(channel, listener.Shortage, out Connection? evicted) is { } connection)
                await StartAsync(connection, evicted);
            // The migration may have ended and closed its pending connections while this one was being accepted.
            if (Ended.IsCompleted)
                Disperse();
        }
    }

    // Idle connections do not keep the source out: where the host has nothing left for another one, the oldest that has not said what it
    // is makes room.
    private async ValueTask StartAsync(Connection connection, Connection? evicted)
    {
        while (true)
        {
            if (evicted is not null)
                await _environment.WaitFor(evicted.Served);
            try
            {
                connection.Served = _environment.Spawn($"connection/{connection.Number}", () => ServeAsync(connection));
                return;
            }
            catch (IOException error)
            {
                lock (_lock)
                    evicted = _newcomers.TakeOldestBefore(connection);
                if (evicted is null)
                {
                    Drop(connection, error.Message);
                    return;
                }
                evicted.Refuse(_environment.Trace, $"it has not said what it is, and makes room: {error.Message}");
            }
        }
    }

    private void Drop(Connection connection, string reason)
    {
        lock (_lock)
        {
            if (!_newcomers.TryRemove(connection))
                return;
            Decide(new NewcomerGone());
        }
        connection.Refuse(_environment.Trace, reason);
    }

    // Returns the reason when the host cannot start the task, for example when it has no thread left.
    private string? Spawn(string name, Func<Task> body)
    {
        try
        {
            _ = _environment.Spawn(name, body);
            return null;
        }
        catch (IOException error)
        {
            return error.Message;
        }
    }

    /// <summary>Serves one connection until it is done with.</summary>
    /// <param name="channel">The connection; it is shut down in the end.</param>
    public Task ServeAsync(MigrationChannel channel) =>
        Accept(channel, shortage: null, out _) is { } connection ? ServeAsync(connection) : Task.CompletedTask;

    /// <summary>Ends the connections of the source, if it is there: a migration that has begun then fails as if the source had
    /// gone.</summary>
    public void Shutdown()
    {
        Connection[] connections;
        lock (_lock)
            connections = [.. _phase.Connections];
        foreach (Connection connection in connections)
            connection.Channel.Shutdown();
    }

    private Connection? Accept(MigrationChannel channel, string? shortage, out Connection? evicted)
    {
        long now = _migration.State.Now;
        Connection connection;
        bool hasRoom;
        lock (_lock)
        {
            connection = new(_accepted++, channel, now);
            bool isFull = _newcomers.IsFull;
            if (isFull)
                shortage = $"there are {_limits.Connections} connections";
            evicted = shortage is not null && !KeepsNewcomers ? _newcomers.TakeOldest() : null;
            hasRoom = !isFull || evicted is not null;
            if (hasRoom)
                _newcomers.Add(connection);
        }
        evicted?.Refuse(_environment.Trace, $"it has not said what it is, and makes room: {shortage}");
        if (!hasRoom)
            connection.Refuse(_environment.Trace, shortage!);
        Wake();
        lock (_lock)
            _arrival.TrySetResult();
        return hasRoom ? connection : null;
    }

    private async Task ServeAsync(Connection connection)
    {
        using QemuFileReader reader = new(connection.Channel);
        MultifdReceiver? receiver = null;
        bool isIntroduced = false;
        try
        {
            SessionEvent? arrival = await IntroduceAsync(connection, reader);
            SessionStep step;
            lock (_lock)
            {
                isIntroduced = _newcomers.TryIntroduce(connection);
                step = Decide(arrival is not null && isIntroduced ? arrival : new NewcomerGone());
            }
            receiver = step.Receiver;
            await CarryOutAsync(step);
            if (step.Serving is { } serving)
                await ServeLaterAsync(connection, reader, serving);
            if (step is not { Error: null, Setup: { } setup })
                return;
            if (receiver is not null)
                await receiver.RunAsync();
            else
                await LoadAsync(connection, reader, setup);
        }
        finally
        {
            receiver?.Dispose();
            lock (_lock)
            {
                if (isIntroduced)
                    _newcomers.Leave();
            }
            connection.Channel.Shutdown();
        }
    }

    // A listener's guests say what they are with their first bytes; nothing waits for those but the connection's own task. Where there
    // is no listener the first channel is main and the rest are multifd.
    private async ValueTask<SessionEvent?> IntroduceAsync(Connection connection, QemuFileReader reader)
    {
        bool isMain = !AwaitsChannels;
        if (connection.Channel.FromListener)
        {
            Introduction magic = await Introduction.ReadMagicAsync(reader, AwaitsChannels);
            if (magic.Refusal is not null && await IntroduceLaterAsync(connection, reader) is { } later)
                return later;
            if ((magic.Refusal ?? RefusalNow()) is { } refusal)
            {
                connection.Refuse(_environment.Trace, refusal);
                return null;
            }
            isMain = magic.IsMain;
        }
        else if (IsPaused)
        {
            return new RecoveryCame(connection);
        }
        else if (AwaitsChannels)
        {
            isMain = Interlocked.Exchange(ref _isMainClaimed, 1) == 0;
        }
        if (isMain)
            return new MainCame(connection);
        Introduction packet = await Introduction.ReadInitialPacketAsync(reader, _migration.Machine, _parameters.MultifdChannels);
        return new ChannelCame(
            connection,
            packet.Error is not null ? null : session => new(
                packet.ChannelId, reader, connection.Channel, session, _migration.Memory, _capabilities.IgnoreShared,
                PageDecompressor.For(_parameters.MultifdCompression), _migration.State),
            packet.Error);
    }

    private string? RefusalNow()
    {
        lock (_lock)
            return _phase is Setup ? null : _phase is Paused ? "it is no recovery" : HasItsConnections;
    }

    // The only place where the phase changes.
    private SessionStep Decide(SessionEvent happened)
    {
        SessionStep step = new();
        lock (_lock)
        {
            if (_phase is Setup gone && happened is Arrival next && gone.IsGoneFor(next, _newcomers))
                Abandon(gone, "the source has gone, and another has come", next.Connection.Number, step);
            switch (_phase, happened)
            {
                case (Setup { Main: null } setup, MainCame came):
                    setup.Take(came.Connection, _migration.State.Now);
                    step.Setup = setup;
                    break;

                case (Setup, MainCame came):
                    step.Refused.Add((came.Connection, "the migration has its main channel already"));
                    return step;

                case (Setup { Channels: { } channels } setup, ChannelCame came):
                    step.Setup = setup;
                    // Whoever has left has left its id, also where nobody has looked since.
                    step.Refused.AddRange(setup.Dismiss(_migration.State.Now, _limits));
                    step.Receiver = came.Receive?.Invoke(channels);
                    step.Error = came.Error ?? channels.Register(step.Receiver!);
                    if (step.Error is null)
                        setup.Members.Add((came.Connection, step.Receiver!));
                    break;

                case (Setup setup, TimePassed passed):
                    step.Refused.AddRange(setup.Dismiss(passed.NowNanoseconds, _limits));
                    if (setup.Look(passed.NowNanoseconds, _limits, _newcomers, _accepted, _listener?.HasWaiting == true) is { } reason)
                        Abandon(setup, reason, int.MaxValue, step);
                    return step;

                case (Setup, NewcomerGone):
                    break;

                case (_, OutcomeDecided):
                    _phase = new Ended();
                    _arrival.TrySetResult();
                    return step;

                default:
                    DecideLater(happened, step);
                    return step;
            }
            if (step.Error is not null)
                _phase = new Ended();
            else if (_phase is Setup complete && complete.MayBegin(_newcomers))
                Begin(complete);
            return step;
        }
    }

    private void Begin(Setup complete)
    {
        _phase = new Active([.. complete.Connections]);
        complete.Channels?.Complete();
    }

    // Channels that were accepted behind the next source's main channel are the next source's, though they may have spoken first.
    private void Abandon(Setup setup, string reason, int nextMain, SessionStep step)
    {
        Setup next = NewSetup();
        setup.IsAbandoned = true;
        step.Abandoned = setup;
        step.Refused.Add((setup.Main!, reason));
        foreach (var (member, receiver) in setup.Members)
        {
            if (member.Number > nextMain)
            {
                receiver.MoveTo(next.Channels!);
                next.Members.Add((member, receiver));
            }
            else
            {
                step.Refused.Add((member, reason));
            }
        }
        _phase = next;
    }

    private async ValueTask CarryOutAsync(SessionStep step)
    {
        foreach (var (connection, reason) in step.Refused)
            connection.Refuse(_environment.Trace, reason);
        // The task of its main channel waits for the channels and ends them.
        if (step.Abandoned?.Channels is { } abandoned)
            await abandoned.FailAsync(new(StreamErrorCode.MultifdChannelEnded, 0, $"its source has gone"));
        if (step is { Error: { } error, Setup: { } setup })
            await FailAsync(setup, error);
    }

    // If the main channel is connected, its task finds the failure and ends the migration. If not, this method ends it.
    private async ValueTask FailAsync(Setup setup, StreamError error)
    {
        await setup.Channels!.FailAsync(error);
        if (setup.Main is not null)
            return;
        await setup.Channels.StopAsync();
        await FailAsync(error);
    }

    private Setup NewSetup()
    {
        if (!AwaitsChannels)
            return new(null);
        MultifdSession channels = new(_environment, _parameters.MultifdChannels);
        Setup setup = new(channels);
        channels.OnFailure = () => ShutdownRead(setup);
        return setup;
    }

    private void ShutdownRead(Setup setup)
    {
        Connection? main;
        lock (_lock)
            main = setup.Main;
        main?.Channel.ShutdownRead();
    }
}
