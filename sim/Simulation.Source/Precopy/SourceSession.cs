using Simulation.Source.Guest;
using Simulation.Source.MappedRam;
using Simulation.Source.Multifd;
using Simulation.Source.Postcopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Precopy;

/// <summary>What phases and connections of a migration have in common, and what outlives them; the only one that changes the status.</summary>
internal sealed class SourceSession : IDisposable
{
    private string? _error;
    private long _stopTime;
    private long _sentTime;
    private long _endTime;

    public SourceSession(GuestModel guest, SourceMachine machine, SourceOptions options, IMappedRamFile? file)
    {
        Guest = guest;
        Machine = machine;
        Options = options;
        Preempt = options.PostcopyPreempt ? new StreamBuffer() : null;
        Savevm = new SavevmWriter(Main, machine);
        Ram = new RamSaver(guest, options, Counters, Main);
        Multifd = new MultifdSender(options, guest.Ram, Counters);
        Mapped = file is null ? null : new MappedRamWriter(file, guest.Ram, options, Counters);
        Bandwidth = new BandwidthWindow(options);
        ReturnPath = new SourceReturnPath(this);
        Urgent = Preempt is null ? null : new UrgentPages(this, Preempt);
    }

    public GuestModel Guest { get; }

    public SourceMachine Machine { get; }

    public SourceOptions Options { get; }

    public SourceCounters Counters { get; } = new();

    /// <summary>The main channel's bytes.</summary>
    public StreamBuffer Main { get; } = new();

    /// <summary>The preempt channel's bytes; null without that capability.</summary>
    public StreamBuffer? Preempt { get; }

    public SavevmWriter Savevm { get; }

    public RamSaver Ram { get; }

    public MultifdSender Multifd { get; }

    public MappedRamWriter? Mapped { get; }

    public BandwidthWindow Bandwidth { get; }

    public SourceReturnPath ReturnPath { get; }

    /// <summary>The pages that were asked for.</summary>
    public PageRequests Requests { get; } = new();

    /// <summary>What goes over the preempt channel; null without that capability.</summary>
    public UrgentPages? Urgent { get; }

    public long Now { get; set; }

    public SourceStatus Status { get; private set; }

    public Action<SourceStatus>? OnStatus { get; set; }

    public Action<bool>? OnGuest { get; set; }

    /// <summary>Told when the channels in use are of no use any more and the migration has not ended.</summary>
    public Action? OnLost { get; set; }

    public long StartTime { get; private set; }

    public long ActiveTime { get; private set; }

    /// <summary>Whether a manager asked for postcopy.</summary>
    public bool IsPostcopyAsked { get; set; }

    /// <summary>Why the connections are lost, in postcopy; null while they are not.</summary>
    public string? Lost { get; private set; }

    /// <summary>Whether the package is being sent: whether RUN arrives is known only when that has ended.</summary>
    public bool IsPackageUnderWay { get; set; }

    public bool IsEnded => Status is SourceStatus.Completed or SourceStatus.Failed;

    /// <summary>Whether RUN was sent: this side never runs the guest again, unless the destination says that it failed.</summary>
    public bool IsInPostcopy => Status is >= SourceStatus.PostcopyDevice and <= SourceStatus.PostcopyRecover;

    public bool IsSwitchoverAllowed =>
        !Options.SwitchoverAck || !Machine.SwitchoverAckLegacy || ReturnPath.IsSwitchoverAcknowledged;

    /// <summary>Bytes that QEMU would have flushed; what the bandwidth limit looks at.</summary>
    public long Flushed => Main.FlushedPosition + Counters.MultifdBytes + Counters.FileBytes;

    public long WrittenBytes => Counters.MultifdBytes + Counters.FileBytes + (Preempt?.Position ?? 0)
        + (Mapped is null ? Main.Position : Main.PendingCount);

    public SourceStatistics Statistics => Counters.Snapshot() with
    {
        Status = Status,
        ErrorDescription = _error,
        TotalTime = Milliseconds(StartTime, IsEnded ? _endTime : Now),
        SetupTime = Milliseconds(StartTime, Status == SourceStatus.Setup ? Now : ActiveTime),
        Downtime = Counters.PackageBytes > 0 ? Milliseconds(_stopTime, _sentTime)
            : Status == SourceStatus.Completed ? Milliseconds(_stopTime, _endTime) : 0,
        Total = Ram.TotalBytes,
        Remaining = Ram.RemainingBytes,
        Transferred = WrittenBytes + Counters.PackageBytes,
    };

    public void Begin()
    {
        StartTime = Now;
        MoveTo(SourceStatus.Setup);
    }

    public void Activate()
    {
        ActiveTime = Now;
        MoveTo(SourceStatus.Active);
        Bandwidth.Start(Now, Flushed);
    }

    public void StopGuest()
    {
        Guest.Stop(_stopTime = Now);
        OnGuest?.Invoke(false);
        MoveTo(SourceStatus.Device);
    }

    /// <summary>Notes that the package, and RUN in it, has gone out.</summary>
    public void PackageSent(int bytes)
    {
        IsPackageUnderWay = false;
        Counters.PackageBytes = bytes;
        _sentTime = Now;
    }

    public void MoveTo(SourceStatus status)
    {
        Status = status;
        OnStatus?.Invoke(status);
    }

    public void Complete() => End(SourceStatus.Completed);

    /// <summary>A connection was lost or the peer talks nonsense: the migration fails, or in postcopy pauses.</summary>
    public void Break(string error)
    {
        if (IsEnded || Status == SourceStatus.PostcopyPaused)
            return;
        if (IsInPostcopy || IsPackageUnderWay)
            Lose(error);
        else
            Fail(error);
    }

    /// <summary>Bytes of the main channel did not go out. Without the end of the package there was no RUN.</summary>
    public void WriteFailed(string error)
    {
        if (IsPackageUnderWay)
            Fail(error);
        else
            Break(error);
    }

    /// <summary>The destination says that it failed. It does so only where it has not begun to run the guest.</summary>
    public void Refused(string error)
    {
        bool mayRunThere = ReturnPath.IsPackageLoaded || Counters.Recoveries > 0
            || Status is SourceStatus.PostcopyRecoverSetup or SourceStatus.PostcopyRecover;
        if (IsInPostcopy && mayRunThere)
            Break(error);
        else
            Fail(error);
    }

    /// <summary>Ends the migration as failed; a guest that was stopped goes on. Nothing when it has ended.</summary>
    public void Fail(string error)
    {
        if (IsEnded)
            return;
        _error = error;
        if (Status >= SourceStatus.Device)
            OnGuest?.Invoke(true);
        End(SourceStatus.Failed);
    }

    /// <summary>Pauses, if the connections were lost.</summary>
    public void Pause()
    {
        Lost = null;
        MoveTo(SourceStatus.PostcopyPaused);
    }

    /// <summary>Told to recover.</summary>
    public void BeginRecovery()
    {
        _error = null;
        MoveTo(SourceStatus.PostcopyRecoverSetup);
    }

    public void Dispose()
    {
        Ram.Dispose();
        Multifd.Dispose();
        Main.Dispose();
        Preempt?.Dispose();
    }

    private static long Milliseconds(long from, long to) => Math.Max(0, to - from) / 1_000_000;

    private void Lose(string error)
    {
        if (Lost is not null)
            return;
        Lost = _error = error;
        OnLost?.Invoke();
    }

    private void End(SourceStatus status)
    {
        _endTime = Now;
        MoveTo(status);
    }
}
