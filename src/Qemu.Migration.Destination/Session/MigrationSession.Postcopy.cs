using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Hosting.Signals;
using static Qemu.Migration.Destination.Session.SessionEvent;
using static Qemu.Migration.Destination.Session.SessionPhase;

namespace Qemu.Migration.Destination.Session;

/// <content>Postcopy: the guest starts here, its source is lost and comes back (stream reference, sections 6.3 to 6.5).</content>
internal sealed partial class MigrationSession
{
    private TaskCompletionSource _arrival = NewSignal();
    private PageAsker? _asker;

    private PageFaults Faults => _load.Postcopy.Faults;

    private bool AwaitsPreempt => _capabilities["postcopy-preempt"];

    // The channel for urgent pages may be among those that have said nothing: it came before the package.
    private bool KeepsNewcomers => AwaitsPreempt && _phase is Listening or Running { Preempt: null };

    private bool IsPaused
    {
        get
        {
            lock (_lock)
                return _phase is Paused;
        }
    }

    private bool IsServed
    {
        get
        {
            lock (_lock)
                return _phase is Serving;
        }
    }

    /// <summary>Asks for the missing ones of some pages, in a task of its own.</summary>
    public long Touch(RamBlock block, long firstPage, long pageCount)
    {
        long[] missing = Faults.Missing(block, firstPage, pageCount);
        if (missing.Length > 0)
        {
            PageAsker asker = LazyInitializer.EnsureInitialized(ref _asker, () => new(_environment, Faults));
            asker.Ask(block, missing);

            // Behind the end nobody would end its task.
            if (_ended.Task.IsCompleted)
                asker.End();
        }
        return missing.Length;
    }

    /// <summary>There is no guest any more.</summary>
    public void PowerOff()
    {
        _migration.VirtualMachine.PowerOff();
        Faults.PowerOff();
        _asker?.End();
    }

    private PostcopyIncoming NewPostcopy() => new(new(_environment, _migration.Memory, () => _migration.State.Now))
    {
        OnPackage = AwaitPreemptAsync,
        OnListen = () => Decide(new Listened()),
        OnRun = RunGuestAsync,
        OnResume = ResumeAsync,
    };

    // Decides the role of a connection that arrived after the migration began and that does not begin with a magic.
    private async ValueTask<SessionEvent?> IntroduceLaterAsync(Connection connection, QemuFileReader reader)
    {
        if (reader.Window.Length < 4)
            return null;
        if (IsPaused || (IsServed && Introduction.IsRecovery(reader.Window)))
            return Introduction.IsRecovery(reader.Window) ? new RecoveryCame(connection) : null;
        return AwaitsPreempt && IsServed && await Introduction.IsUrgentAsync(reader, _migration.Memory)
            ? new PreemptCame(connection, new(reader, _load)) : null;
    }

    // The part of that decision for a migration that has begun. Status and phase change together, so who sees the status finds the phase.
    private void DecideLater(SessionEvent happened, SessionStep step)
    {
        MigrationIncomingState state = _migration.State;
        switch (_phase, happened)
        {
            case (Active active, Listened):
                _phase = new Listening(active.Connections);
                Faults.Open(_capabilities["postcopy-blocktime"] ? new(_environment.Guest?.VcpuCount ?? 0) : null);
                state.EnterPostcopy(Faults);
                break;

            case (Listening listening, Ran):
                _phase = new Running(listening.Connections[0], [.. listening.Connections.Skip(1)]);
                state.NoteRun();
                break;

            case (Serving, SourceLost lost):
                _phase = new Paused();
                state.Pause(lost.Cause);
                break;

            case (Paused, RecoveryCame came):
                _phase = step.Serving = new Recovering(came.Connection, state.Now);
                state.Recover();
                break;

            case (Recovering recovering, TimePassed passed)
                when passed.NowNanoseconds - recovering.SinceNanoseconds >= _limits.AllChannels.TotalNanoseconds:
                step.Refused.Add((recovering.Main, $"it did not resume within {_limits.AllChannels.TotalSeconds} s"));
                break;

            case (Recovering recovering, Resumed):
                _phase = new Running(recovering.Main, [])
                {
                    Preempt = recovering.Preempt, Receiver = recovering.Receiver, Lost = recovering.Lost,
                };
                state.Resume();
                break;

            // One that was connected before main is of a source that is lost, and has been silent until now.
            case (Serving { Preempt: null, IsEnding: false } serving, PreemptCame came) when came.Connection.Number > serving.Main.Number:
                step.Serving = serving;
                serving.Preempt = came.Connection;
                serving.Receiver = came.Receiver;
                break;

            case (Active { AwaitsPreemptSince: { } since } active, TimePassed passed):
                active.Missing ??= LookForPreempt(active, passed.NowNanoseconds - since);
                if (active.Missing is not null)
                    _arrival.TrySetResult();
                break;

            case (Serving { AwaitsUrgentSince: { } since } serving, TimePassed passed):
                serving.Lost ??= LookForUrgent(serving, passed.NowNanoseconds - since);
                if (serving.Lost is not null)
                    Faults.Nudge();
                break;

            case (_, Arrival came):
                step.Refused.Add((came.Connection, HasItsConnections));
                break;

            default:
                break;
        }
    }

    private Task ServeLaterAsync(Connection connection, QemuFileReader reader, Serving serving) =>
        connection == serving.Main ? RecoverAsync(connection, reader) : ServeUrgentAsync(connection, serving.Receiver!);

    private async ValueTask<bool> RunGuestAsync()
    {
        lock (_lock)
        {
            Decide(new Ran());
            if (_phase is not Running)
                return false;
        }
        await Faults.ConnectAsync(_load.ReturnPath);
        await _environment.Point("postcopy/run");
        // As in QEMU, the source's run state is ignored in postcopy: the guest starts, but for one that sleeps.
        _migration.VirtualMachine.Arrive(_load.MigratedGuestSleeps ? RunState.Suspended : RunState.Running);
        GuestProgram? program = _environment.Guest;
        for (int i = 0; i < program?.VcpuCount; i++)
        {
            GuestCpu cpu = new(i, _environment, _migration.Memory, _migration.VirtualMachine, Faults);
            if (Spawn($"vcpu/{i}", () => program.RunAsync(cpu)) is { } reason)
                _environment.Trace.Warning($"virtual CPU {i} does not run: {reason}");
        }
        return true;
    }

    private async Task RecoverAsync(Connection main, QemuFileReader reader)
    {
        _load.ReturnPath = new(main.Channel, _environment);
        _load.Postcopy.IsRecovering = true;
        _migration.State.Attach(reader);
        StreamError? error = await new SectionLoop(reader, main.Channel, _load, SectionScope.Listen).LoadAsync();
        _migration.State.Detach(reader);
        await ConcludeAsync(main, error);
    }

    private async ValueTask ResumeAsync()
    {
        _load.Postcopy.IsRecovering = false;
        Decide(new Resumed());
        await _load.ReturnPath!.ResumeAckAsync();
        await Faults.ConnectAsync(_load.ReturnPath);
    }

    // Handles the end of main's stream, with or without an error. Returns whether the migration has ended too.
    private async ValueTask<bool> EndPostcopyAsync(Connection main, StreamError? error)
    {
        error = IgnoreWhereOfBitmaps(error);
        error ??= await AwaitUrgentAsync();
        PreemptReceiver? urgent = null;
        lock (_lock)
        {
            if (_phase is Serving serving)
            {
                serving.IsEnding = true;
                error = error is null ? null : serving.Lost ?? error;
                urgent = serving.Receiver;
                serving.Preempt?.Channel.Shutdown();
            }
        }
        if (urgent is not null)
            await _environment.WaitFor(urgent.Ended);
        if (error is null)
        {
            _load.Postcopy.State = PostcopyState.Ended;
            Faults.Close();
            return true;
        }
        await PauseAsync(main, error);
        return false;
    }

    // The source sends the package when it has connected the channel. What came behind its other connections may be that channel, even if
    // it has gone again: a source that is lost here must be able to come back to a guest that waits for its pages.
    private async ValueTask<StreamError?> AwaitPreemptAsync()
    {
        while (AwaitsPreempt)
        {
            Task arrival;
            lock (_lock)
            {
                if (_phase is not Active active || _accepted > 1 + active.Connections.Max(connection => connection.Number))
                    break;
                if (active.Missing is not null)
                    return active.Missing;
                active.AwaitsPreemptSince ??= _migration.State.Now;
                if (_arrival.Task.IsCompleted)
                    _arrival = NewSignal();
                arrival = _arrival.Task;
            }
            Watch();
            Wake();
            await _environment.WaitFor(arrival);
        }
        return null;
    }

    private StreamError? LookForPreempt(Active active, long waitedNanoseconds)
    {
        if (active.Connections[0].Channel.HasEnded)
            return new(StreamErrorCode.PreemptChannelMissing, 0, $"the source has gone before its channel for urgent pages was there");
        return waitedNanoseconds >= _limits.AllChannels.TotalNanoseconds
            ? new(StreamErrorCode.PreemptChannelMissing, 0, $"the channel for urgent pages did not come within {_limits.AllChannels.TotalSeconds} s")
            : null;
    }

    // Main has ended well. The source waits for the end, and pages that the guest waits for may still be on their way, on the channel for
    // urgent pages.
    private async ValueTask<StreamError?> AwaitUrgentAsync()
    {
        while (AwaitsPreempt && Faults.NextChange is { } change)
        {
            lock (_lock)
            {
                if (_phase is not Serving serving)
                    break;
                if (serving.Lost is not null)
                    return serving.Lost;
                serving.AwaitsUrgentSince ??= _migration.State.Now;
            }
            Watch();
            Wake();
            await _environment.WaitFor(change);
        }
        return null;
    }

    // The preempt channel may be connected but not accepted yet, or still be silent.
    private StreamError? LookForUrgent(Serving serving, long waitedNanoseconds)
    {
        if (serving.Main.Channel.HasEnded)
            return new(StreamErrorCode.PagesMissing, 0, $"the source has gone, and pages that the guest waits for have not come");
        return serving.Receiver is null && !_newcomers.Any && waitedNanoseconds >= _limits.Introduction.TotalNanoseconds
            ? new(StreamErrorCode.PagesMissing, 0, $"the stream ended, and no channel brings the pages that the guest waits for")
            : null;
    }

    // Nothing of the old connection is under way any more when the status says that it is lost: the bitmap that a recovery gets is what
    // is here.
    private async ValueTask PauseAsync(Connection main, StreamError error)
    {
        main.Channel.Shutdown();
        Faults.Disconnect();
        await _environment.Point("postcopy/pause");
        _environment.Trace.Warning($"postcopy is paused: {error.Message}");
        Decide(new SourceLost(error));
    }

    // As in QEMU: a guest that has all its pages goes on without the bitmaps of its disks.
    private StreamError? IgnoreWhereOfBitmaps(StreamError? error)
    {
        if (error is null || _load.Postcopy.IsOfRam)
            return error;
        _environment.Trace.Warning($"the rest of the stream is ignored: {error.Message}");
        return null;
    }

    private async Task ServeUrgentAsync(Connection connection, PreemptReceiver receiver)
    {
        StreamError? error = await receiver.RunAsync();
        Connection? main = null;
        lock (_lock)
        {
            if (_phase is Serving serving && serving.Preempt == connection)
            {
                (serving.Preempt, serving.Receiver) = (null, null);
                if (error is not null && !serving.IsEnding)
                {
                    serving.Lost = error;
                    main = serving.Main;
                }
            }
        }
        if (main is not null)
        {
            Faults.Nudge();
            main.Channel.ShutdownRead();
        }
        receiver.Leave();
    }
}
