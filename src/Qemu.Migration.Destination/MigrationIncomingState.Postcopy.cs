using Qemu.Migration.Destination.Diagnostics;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination;

/// <content>Postcopy: its states, its phases, and what is counted of them.</content>
public sealed partial class MigrationIncomingState
{
    private readonly PauseTime _pauses = new();
    private volatile LaterReaders _later = new([], 0);
    private volatile PageFaults? _faults;
    private volatile TransferPhase _phase;
    private long _pagesAtRun;
    private long _recoveries;

    /// <summary>What the channel for urgent pages received.</summary>
    internal ReceiveCounters PreemptCounters { get; } = new();

    /// <summary>Why postcopy was paused the last time, or null.</summary>
    public StreamError? PauseCause { get; private set; }

    /// <summary>Where the guest is.</summary>
    internal TransferPhase Phase
    {
        get => _phase;
        private set => _phase = value;
    }

    /// <summary>SWITCHOVER_START: the source's guest is stopped.</summary>
    internal void SwitchOver()
    {
        if (Phase == TransferPhase.Precopy)
            Phase = TransferPhase.Downtime;
    }

    /// <summary>active to postcopy-active: LISTEN.</summary>
    /// <param name="faults">The guest's missing pages, for the figures.</param>
    internal void EnterPostcopy(PageFaults faults)
    {
        _faults = faults;
        SwitchOver();
        Move(MigrationStatus.Active, MigrationStatus.PostcopyActive);
    }

    /// <summary>RUN: what comes from now on is counted as postcopy's.</summary>
    internal void NoteRun()
    {
        _pagesAtRun = Sum(_main!).Pages;
        Phase = TransferPhase.Postcopy;
    }

    /// <summary>Counts the bytes of a connection that came after main: of a recovery, or of the channel for urgent pages.</summary>
    /// <param name="reader">Its reader.</param>
    internal void Attach(QemuFileReader reader)
    {
        lock (_lock)
            _later = _later with { Readers = [.. _later.Readers, reader] };
    }

    /// <summary>Such a connection is done with: its bytes stay.</summary>
    /// <param name="reader">Its reader.</param>
    internal void Detach(QemuFileReader reader)
    {
        lock (_lock)
        {
            if (_later.Readers.Contains(reader))
                _later = new([.. _later.Readers.Where(r => r != reader)], _later.PastBytes + reader.ConsumedBytes);
        }
    }

    /// <summary>postcopy-active or postcopy-recover to postcopy-paused: the source is gone.</summary>
    /// <param name="cause">Why.</param>
    internal void Pause(StreamError cause)
    {
        PauseCause = cause;
        _pauses.Begin(Now);
        Move(Status, MigrationStatus.PostcopyPaused);
    }

    /// <summary>postcopy-paused to postcopy-recover: a source is connected again.</summary>
    internal void Recover()
    {
        Interlocked.Increment(ref _recoveries);
        Move(MigrationStatus.PostcopyPaused, MigrationStatus.PostcopyRecover);
    }

    /// <summary>postcopy-recover to postcopy-active: RESUME.</summary>
    internal void Resume()
    {
        _pauses.End(Now);
        Move(MigrationStatus.PostcopyRecover, MigrationStatus.PostcopyActive);
    }

    private void Move(MigrationStatus from, MigrationStatus to)
    {
        lock (_lock)
        {
            // The host may have ended the migration meanwhile.
            if (_outcomeDecided)
                return;
            Invariant.Holds(Status == from, "a status is left once");
            Volatile.Write(ref _status, (int)to);
        }
        _environment.Trace.StatusChanged(from, to);
    }

    /// <summary>Readers of connections that came after main, and the bytes of those that are gone; replaced as a whole.</summary>
    private sealed record LaterReaders(QemuFileReader[] Readers, long PastBytes)
    {
        public long Bytes => PastBytes + Readers.Sum(reader => reader.ConsumedBytes);
    }
}
