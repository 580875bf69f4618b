using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Source.Guest;
using Simulation.Source.MappedRam;
using Simulation.Source.Multifd;
using Simulation.Source.Postcopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Precopy;

/// <summary>
/// A source: the migration thread of a real one as a sequence of steps, one wherever that thread would block. It knows neither channels
/// nor a clock: whoever steps it sends what is pending, waits as the step says and sets the time (the runner in a simulation, the
/// recorder to have the bytes; see Hosting). Nothing of it may be called while something of it runs.
/// <code>
/// none -> setup -> active -> device -> completed          any of these -> failed
///                               |
///                               v
///                   [postcopy-device ->] postcopy-active -> completed
///                               |               ^
///                               v               |
///                        postcopy-paused -> postcopy-recover-setup -> postcopy-recover
/// </code>
/// </summary>
public sealed class MigrationSource : IDisposable
{
    private readonly SourceSession _session;
    private readonly PageSender _sender;
    private IEnumerator<SourceStep> _thread;

    /// <summary>Makes a source.</summary>
    /// <param name="guest">The guest that is migrated; it is stopped at switchover.</param>
    /// <param name="machine">Its machine.</param>
    /// <param name="options">Capabilities and parameters.</param>
    /// <param name="file">Where mapped-ram writes; null without that capability.</param>
    /// <exception cref="ArgumentException">A real source would refuse the options.</exception>
    public MigrationSource(GuestModel guest, SourceMachine machine, SourceOptions options, IMappedRamFile? file = null)
    {
        options.Validate();
        if (options.MappedRam != file is not null)
            throw new ArgumentException("A file is given exactly with mapped-ram.", nameof(file));
        if (guest.Ram.PageBytes != machine.PageBytes)
            throw new ArgumentException($"The guest's pages have {guest.Ram.PageBytes} bytes and the machine's {machine.PageBytes}.", nameof(guest));
        if (options.PostcopyRam && guest.Ram.Blocks.Any(block => block.Layout.FreeBytes > 0))
            throw new ArgumentException("No guest tells of free pages under postcopy-ram.", nameof(guest));
        _session = new SourceSession(guest, machine, options, file);
        _sender = new PageSender(_session);
        _thread = MigrationThread().GetEnumerator();
    }

    /// <summary>The main channel's bytes.</summary>
    public StreamBuffer Main => _session.Main;

    /// <summary>The multifd channels; empty without packets.</summary>
    public IReadOnlyList<MultifdSendChannel> Channels => _session.Multifd.Channels;

    /// <summary>The preempt channel's bytes; null without <c>postcopy-preempt</c>.</summary>
    public StreamBuffer? Preempt => _session.Preempt;

    /// <summary>The blocks of the guest's RAM.</summary>
    public IReadOnlyList<GuestBlock> Blocks => _session.Guest.Ram.Blocks;

    /// <summary>Where the migration stands.</summary>
    public SourceStatus Status => _session.Status;

    /// <summary>Told of each status, when it is reached (event MIGRATION).</summary>
    public Action<SourceStatus>? OnStatus
    {
        get => _session.OnStatus;
        set => _session.OnStatus = value;
    }

    /// <summary>Told when the guest is stopped for the switchover, and when it goes on because the migration has failed.</summary>
    public Action<bool>? OnGuest
    {
        get => _session.OnGuest;
        set => _session.OnGuest = value;
    }

    /// <summary>Told when postcopy has lost its connections: what uses them shall stop, so that the migration can pause.</summary>
    public Action? OnLost
    {
        get => _session.OnLost;
        set => _session.OnLost = value;
    }

    /// <summary>Where the source notes what becomes of each page; null for nowhere.</summary>
    public PostcopyLog? Log
    {
        get => _session.Ram.Log;
        set => _session.Ram.Log = value;
    }

    /// <summary>Whether there is a return path to read.</summary>
    public bool HasReturnPath => _session.Options.OpensReturnPath;

    /// <summary>Whether the destination has taken the main channel: PONG 1.</summary>
    public bool IsMainConfirmed => _session.ReturnPath.IsMainConfirmed;

    /// <summary>Whether main waits for the end of the preempt channel to be sent.</summary>
    public bool IsPreemptEnding => _session.Urgent is { IsEnding: true };

    /// <summary>Whether a preempt channel shall be connected and is not; then <see cref="PreemptConnected"/>.</summary>
    public bool WantsPreempt => _session.Urgent is { IsWanted: true, IsConnected: false };

    /// <summary>Whether all pages are sent, and the guest goes on here until the destination allows the switchover.</summary>
    public bool WantsSwitchoverAck => _session.Ram.RemainingBytes == 0 && !_session.IsSwitchoverAllowed;

    /// <summary>Whether the guest was handed over: this side does not run it any more, unless the destination says that it failed.</summary>
    public bool IsInPostcopy => _session.IsInPostcopy;

    /// <summary>What the source waits for, after <see cref="MoveNext"/>.</summary>
    public SourceStep Current => _thread.Current;

    /// <summary>Virtual time in nanoseconds; set before each step, never back.</summary>
    public long Now
    {
        get => _session.Now;
        set
        {
            _session.Now = value;
            if (_session.Ram.Log is { } log)
                log.Now = value;
        }
    }

    /// <summary>Bytes written so far, to all channels and to the file.</summary>
    public long TransferredBytes => _session.WrittenBytes;

    /// <summary>The figures of <c>query-migrate</c>, at <see cref="Now"/>.</summary>
    public SourceStatistics Statistics => _session.Statistics;

    /// <summary>Runs the migration thread to the next point where it would block.</summary>
    /// <returns>False when the migration has ended.</returns>
    public bool MoveNext()
    {
        if (_session.IsEnded)
            return false;
        if (Main.IsCut)
            NoteCut();
        _session.Guest.Advance(Now);
        if (_session is { IsInPostcopy: true, Lost: not null })
        {
            _thread.Dispose();
            _thread = PostcopyThread(isPaused: true).GetEnumerator();
        }

        bool goesOn = !_session.IsEnded && _thread.MoveNext() && !_session.IsEnded;
        _session.Mapped?.Drain(Main);
        return goesOn;
    }

    /// <summary>Takes a message of the return path that carries a number, or nothing (stream reference, section 6.2).</summary>
    /// <param name="type">The message.</param>
    /// <param name="value">Its u32, where it has one.</param>
    public void Receive(ReturnPathMessageType type, uint value) => _session.ReturnPath.Receive(type, value);

    /// <summary>Takes a message of the return path. What follows RECV_BITMAP comes with <see cref="ReceiveBitmap"/>.</summary>
    /// <param name="message">The message.</param>
    public void Receive(ReturnPathMessage message)
    {
        if (message.Type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId)
            _session.ReturnPath.Request(message.Type, message.Block, message.Start, message.Value);
        else
            _session.ReturnPath.Receive(message.Type, message.Value);
    }

    /// <summary>How long the bitmap is that follows RECV_BITMAP.</summary>
    /// <param name="block">The block that the message names.</param>
    /// <returns>Bytes; null where no such bitmap was asked for, which breaks the connection.</returns>
    public int? BitmapBytes(ReadOnlySpan<byte> block) => _session.ReturnPath.BitmapBytes(block);

    /// <summary>Takes what the destination has of a block.</summary>
    /// <param name="block">The block's name.</param>
    /// <param name="received">The bitmap, <see cref="BitmapBytes"/> long.</param>
    public void ReceiveBitmap(ReadOnlySpan<byte> block, ReadOnlySpan<byte> received) =>
        _session.ReturnPath.TakeBitmap(block, received);

    /// <summary>Notes the end of the return path; without a SHUT before it the connection is lost.</summary>
    public void ReturnPathClosed() => _session.ReturnPath.Closed();

    /// <summary>A channel broke, or the peer talks nonsense: the migration fails, or pauses once the guest was handed over. Nothing when it
    /// has ended.</summary>
    /// <param name="error">Why.</param>
    public void Fail(string error) => _session.Break(error);

    /// <summary>As <see cref="Fail"/>, where it is known that pending bytes of the main channel did not all go out.</summary>
    /// <param name="error">Why.</param>
    public void WriteFailed(string error) => _session.WriteFailed(error);

    /// <summary><c>migrate-start-postcopy</c>: before the next PART.</summary>
    /// <returns>False without <c>postcopy-ram</c>.</returns>
    public bool StartPostcopy() => _session.IsPostcopyAsked = _session.Options.PostcopyRam;

    /// <summary><c>migrate-pause</c>.</summary>
    /// <returns>False where it is refused: outside <c>postcopy-active</c> and recovery.</returns>
    public bool TryPause()
    {
        if (Status is not (SourceStatus.PostcopyActive or SourceStatus.PostcopyRecover))
            return false;
        _session.Break("Postcopy migration is paused by the user");
        return true;
    }

    /// <summary><c>migrate</c> with <c>resume</c>; once connected, <see cref="Reconnected"/>.</summary>
    /// <returns>False where it is refused: outside <c>postcopy-paused</c>.</returns>
    public bool TryBeginRecovery()
    {
        if (Status != SourceStatus.PostcopyPaused)
            return false;
        _session.BeginRecovery();
        return true;
    }

    /// <summary>There is a new main channel, in a recovery.</summary>
    /// <param name="log">Where the channel keeps its bytes; null where it does not.</param>
    public void Reconnected(ByteLog? log)
    {
        Main.Restart(log);
        _session.ReturnPath.BeginConnection();
        _session.MoveTo(SourceStatus.PostcopyRecover);
    }

    /// <summary>There is a preempt channel.</summary>
    /// <param name="log">Where the channel keeps its bytes; null where it does not.</param>
    public void PreemptConnected(ByteLog? log)
    {
        Preempt!.Restart(log);
        _session.Urgent!.Connected();
    }

    /// <summary>Writes what is next on the preempt channel, one record. To be called when the one before has gone out.</summary>
    /// <returns>Whether there is something.</returns>
    public bool TryWriteUrgent() => _session.Urgent!.TryWriteNext();

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread.Dispose();
        _session.Dispose();
    }

    private void NoteCut()
    {
        const string error = "the main channel was cut";
        if (Main.CutPosition < Main.Position)
            _session.WriteFailed(error);
        else
            _session.Break(error);
    }

    private bool IsPostcopyDue => _session.Options.PostcopyRam
        && (_session.IsPostcopyAsked || _session.Options.PostcopyStart.IsReached(
            Now - _session.StartTime, _session.Counters.DirtySyncCount, TransferredBytes));

    private IEnumerable<SourceStep> MigrationThread()
    {
        PrecopyPhase precopy = new(_session, _sender);
        _session.Begin();
        foreach (SourceStep step in precopy.Setup())
            yield return step;
        _session.Activate();
        while (true)
        {
            bool converged = precopy.IsConverged();
            if (IsPostcopyDue && _session.IsSwitchoverAllowed)
                break;
            if (converged && _session.IsSwitchoverAllowed)
            {
                foreach (SourceStep step in precopy.Complete())
                    yield return step;
                _session.Complete();
                yield break;
            }

            foreach (SourceStep step in precopy.Iterate())
                yield return step;
        }

        foreach (SourceStep step in new SwitchoverPhase(_session, _sender).Run())
            yield return step;
        foreach (SourceStep step in PostcopyThread(isPaused: false))
            yield return step;
    }

    // Started anew each time that the connections are lost.
    private IEnumerable<SourceStep> PostcopyThread(bool isPaused)
    {
        if (isPaused)
        {
            foreach (SourceStep step in new PausedPhase(_session).Run())
                yield return step;
            foreach (SourceStep step in new RecoverPhase(_session).Run())
                yield return step;
        }

        foreach (SourceStep step in new PostcopyPhase(_session, _sender).Run())
            yield return step;
        _session.Complete();
    }
}
