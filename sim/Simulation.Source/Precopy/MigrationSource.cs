using Qemu.Migration.Wire;
using Simulation.Source.Savevm;
using Simulation.Source.Guest;
using Simulation.Source.MappedRam;
using Simulation.Source.Multifd;

namespace Simulation.Source.Precopy;

/// <summary>
/// A precopy source: the migration thread of a real one as a sequence of steps, one wherever that thread would block. It knows
/// neither channels nor a clock: whoever steps it sends what is pending, waits as the step says and sets the time
/// (the runner in a simulation, the recorder to have the bytes; see Hosting).
/// <code>
/// none -> setup -> active -> device -> completed
///                     \         \-> failed
///                      \----------> failed
/// </code>
/// </summary>
public sealed class MigrationSource : IDisposable
{
    /// <summary>MAX_WAIT: a PART ends after this many nanoseconds at the latest.</summary>
    private const long LongestPartNanoseconds = 50_000_000;

    private readonly GuestModel _guest;
    private readonly SourceMachine _machine;
    private readonly SourceOptions _options;
    private readonly SourceCounters _counters = new();
    private readonly SavevmWriter _savevm;
    private readonly RamSaver _ram;
    private readonly MultifdSender _multifd;
    private readonly MappedRamWriter? _mapped;
    private readonly BandwidthWindow _bandwidth;
    private readonly IEnumerator<SourceStep> _thread;
    private string? _error;
    private uint? _shut;
    private bool _switchoverAcknowledged;
    private long _startTime;
    private long _activeTime;
    private long _stopTime;
    private long _endTime;

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
        _guest = guest;
        _machine = machine;
        _options = options;
        _savevm = new SavevmWriter(Main, machine);
        _ram = new RamSaver(guest, options, _counters, Main);
        _multifd = new MultifdSender(options, guest.Ram, _counters);
        _mapped = file is null ? null : new MappedRamWriter(file, guest.Ram, options, _counters);
        _bandwidth = new BandwidthWindow(options);
        _thread = MigrationThread().GetEnumerator();
    }

    /// <summary>The main channel's bytes.</summary>
    public StreamBuffer Main { get; } = new();

    /// <summary>The multifd channels; empty without packets.</summary>
    public IReadOnlyList<MultifdSendChannel> Channels => _multifd.Channels;

    /// <summary>The blocks of the guest's RAM.</summary>
    public IReadOnlyList<GuestBlock> Blocks => _guest.Ram.Blocks;

    /// <summary>Where the migration stands.</summary>
    public SourceStatus Status { get; private set; }

    /// <summary>Told when the guest is stopped for the switchover, and when it goes on because the migration has failed.</summary>
    public Action<bool>? OnGuest { get; set; }

    /// <summary>Whether there is a return path to read.</summary>
    public bool HasReturnPath => _options.ReturnPath;

    /// <summary>What the source waits for, after <see cref="MoveNext"/>.</summary>
    public SourceStep Current => _thread.Current;

    /// <summary>Virtual time in nanoseconds; set before each step, never back.</summary>
    public long Now { get; set; }

    /// <summary>Bytes written so far, to all channels and to the file.</summary>
    public long TransferredBytes => _counters.MultifdBytes + _counters.FileBytes + (_mapped is null ? Main.Position : Main.PendingCount);

    /// <summary>The figures of <c>query-migrate</c>, at <see cref="Now"/>.</summary>
    public SourceStatistics Statistics => _counters.Snapshot() with
    {
        Status = Status,
        ErrorDescription = _error,
        TotalTime = Milliseconds(_startTime, IsEnded ? _endTime : Now),
        SetupTime = Milliseconds(_startTime, Status == SourceStatus.Setup ? Now : _activeTime),
        Downtime = Status == SourceStatus.Completed ? Milliseconds(_stopTime, _endTime) : 0,
        Total = _ram.TotalBytes,
        Remaining = _ram.RemainingBytes,
        Transferred = TransferredBytes,
    };

    private bool IsEnded => Status is SourceStatus.Completed or SourceStatus.Failed;

    private bool IsSwitchoverAllowed => !_options.SwitchoverAck || !_machine.SwitchoverAckLegacy || _switchoverAcknowledged;

    private long Flushed => Main.FlushedPosition + _counters.MultifdBytes + _counters.FileBytes;

    /// <summary>Runs the migration thread to the next point where it would block.</summary>
    /// <returns>False when the migration has ended.</returns>
    public bool MoveNext()
    {
        if (IsEnded)
            return false;
        if (Main.IsCut)
            Fail("the main channel was cut");
        _guest.Advance(Now);
        bool goesOn = !IsEnded && _thread.MoveNext() && !IsEnded;
        if (_mapped is not null)
            _mapped.Drain(Main);
        return goesOn;
    }

    /// <summary>Takes a message of the return path (stream reference, section 6.2).</summary>
    /// <param name="type">The message.</param>
    /// <param name="value">Its u32, where it has one.</param>
    public void Receive(ReturnPathMessageType type, uint value)
    {
        switch (type)
        {
            case ReturnPathMessageType.Shut:
                _shut = value;
                if (value != 0)
                    Fail("the destination reports a failed migration");
                break;
            case ReturnPathMessageType.SwitchoverAck when !_machine.SwitchoverAckLegacy:
                Fail("the destination sent a switchover ack that no device asked for");
                break;
            case ReturnPathMessageType.SwitchoverAck:
                _switchoverAcknowledged = true;
                break;
            case ReturnPathMessageType.Pong:
                break;
            default:
                Fail($"the destination sent {type} to a precopy source");
                break;
        }
    }

    /// <summary>Notes the end of the return path; without a SHUT before it the migration has failed.</summary>
    public void ReturnPathClosed()
    {
        if (_shut is null)
            Fail("the return path was closed");
    }

    /// <summary>Ends the migration as failed: a channel broke, or it was cancelled. Nothing when it has ended.</summary>
    /// <param name="error">Why.</param>
    public void Fail(string error)
    {
        if (IsEnded)
            return;
        _error = error;
        if (Status == SourceStatus.Device)
            OnGuest?.Invoke(true);
        End(SourceStatus.Failed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread.Dispose();
        _ram.Dispose();
        _multifd.Dispose();
        Main.Dispose();
    }

    private static long Milliseconds(long from, long to) => Math.Max(0, to - from) / 1_000_000;

    private void End(SourceStatus status)
    {
        _endTime = Now;
        Status = status;
    }

    private IEnumerable<SourceStep> MigrationThread()
    {
        _startTime = Now;
        Status = SourceStatus.Setup;
        foreach (SourceStep step in Setup())
            yield return step;
        _activeTime = Now;
        Status = SourceStatus.Active;
        _bandwidth.Start(Now, Flushed);
        while (!IsSwitchoverDue())
        {
            foreach (SourceStep step in Iterate())
                yield return step;
        }
        foreach (SourceStep step in Complete())
            yield return step;
        while (_options.ReturnPath && _shut is null)
            yield return new(SourceWait.ReturnPath, long.MaxValue);
        End(SourceStatus.Completed);
    }

    private IEnumerable<SourceStep> Setup()
    {
        _mapped?.Begin(Main);
        _multifd.WriteInitialPackets(_machine.Uuid);
        _savevm.WriteFileHeader();
        _savevm.WriteConfiguration(_options.ValidatedCapabilities, _options.ValidateUuid ? _machine.Uuid : null);
        if (_options.ReturnPath)
        {
            _savevm.WriteCommand(CommandType.OpenReturnPath);
            _savevm.WriteCommand(CommandType.Ping, [0, 0, 0, 1]);
        }
        int start = Main.PendingCount;
        _savevm.OpenSection(SectionType.Start, _machine.RamSectionId, "ram", 0, RamFlags.SectionVersion);
        _ram.MarkAllDirty();
        WriteBlockList();
        foreach (SourceStep step in Synchronize())
            yield return step;
        CloseRam();
        if (_mapped is null && !_options.SendsPackets)
            Main.Complete(StructureKind.RamStartSection, start);
        yield return new(SourceWait.Flush);
    }

    private void WriteBlockList()
    {
        int start = Main.PendingCount;
        _ram.Records.WriteMemSize(_guest.Ram.Blocks.Sum(block => block.Layout.LengthBytes));
        foreach (GuestBlock block in _guest.Ram.Blocks)
        {
            _ram.Records.WriteBlock(block);
            if (_options.IgnoreShared)
                Main.WriteUInt64(block.Layout.GuestAddress);
            if (_ram.IsIgnored(block))
                _mapped?.WriteIgnoredHeader(Main);
            else
                _mapped?.WriteHeader(Main, block);
        }
        if (_mapped is null)
            Main.Complete(StructureKind.MemSize, start);
    }

    // The guest's log is read only when the pages known to be dirty would fit into the downtime.
    private bool IsSwitchoverDue()
    {
        if (_ram.RemainingBytes < _bandwidth.ThresholdBytes)
            _ram.Synchronize();
        bool small = _ram.RemainingBytes == 0 || _ram.RemainingBytes < _bandwidth.ThresholdBytes;
        return small && IsSwitchoverAllowed;
    }

    private IEnumerable<SourceStep> Iterate()
    {
        _savevm.OpenSection(SectionType.Part, _machine.RamSectionId);
        foreach (SourceStep step in SavePages())
            yield return step;
        if (_machine.MultifdFlushAfterEachSection)
        {
            foreach (SourceStep step in Synchronize())
                yield return step;
        }
        CloseRam();
        _counters.AddRecordBytes(RamFlags.HeaderBytes, lastStage: false);
        yield return new(SourceWait.Flush);
        _bandwidth.Update(Now, Flushed);
        if (_bandwidth.IsExceeded(Flushed))
            yield return new(SourceWait.Time, _bandwidth.EndNanoseconds);
        else if (_ram.RemainingBytes == 0 && !IsSwitchoverAllowed)
            yield return new(SourceWait.ReturnPath, _bandwidth.EndNanoseconds);
        _bandwidth.Update(Now, Flushed);
    }

    private IEnumerable<SourceStep> Complete()
    {
        _guest.Stop(_stopTime = Now);
        OnGuest?.Invoke(false);
        Status = SourceStatus.Device;
        if (_machine.SendSwitchoverStart)
            _savevm.WriteCommand(CommandType.SwitchoverStart);
        _savevm.OpenSection(SectionType.End, _machine.RamSectionId);
        _ram.Synchronize();
        _ram.LastStage = true;
        foreach (SourceStep step in SavePages())
            yield return step;
        if (_machine.MultifdFlushAfterEachSection)
        {
            foreach (SourceStep step in Synchronize())
                yield return step;
        }
        _multifd.WriteEnd();
        _mapped?.WriteBitmaps(_ram.IsIgnored);
        CloseRam();
        foreach (DeviceState device in _machine.Devices)
            _savevm.WriteDevice(device);
        _savevm.WriteEndOfStream();
        if (!_machine.SuppressVmDescription)
        {
            _savevm.WriteVmDescription(VmDescriptionText.Describe(
                _machine, _options.ValidatedCapabilities, _options.ValidateUuid && _machine.Uuid is not null, GuestRam.PageBytes));
        }
        Main.Flush();
        yield return new(SourceWait.Flush);
    }

    private void CloseRam()
    {
        _ram.Records.WriteEndOfRecords();
        Main.Flush();
        _savevm.CloseSection(_machine.RamSectionId);
    }

    // Sends pages until none is dirty, or, while the guest runs, until bandwidth or time is used up.
    private IEnumerable<SourceStep> SavePages()
    {
        long start = Now;
        long flushed = Flushed;
        while (_ram.LastStage || (!_bandwidth.IsExceeded(Flushed) && Now - start <= LongestPartNanoseconds))
        {
            // A search is not left before it has found a page or that there is none: at the end of a round neither limit is looked at.
            SearchResult result = _ram.TakeNext(out int page);
            for (; result == SearchResult.Wrapped; result = _ram.TakeNext(out page))
            {
                if (_machine.MultifdFlushAfterEachSection)
                    continue;
                foreach (SourceStep step in Synchronize())
                    yield return step;
            }
            if (result == SearchResult.Clean)
                yield break;
            bool busy = !TrySave(page);
            while (busy)
            {
                yield return new(SourceWait.Channels);
                busy = !TryQueue(page);
            }
            if (Flushed == flushed)
                continue;
            flushed = Flushed;
            yield return new(SourceWait.Flush);
        }
    }

    // False when the page waits for a multifd channel.
    private bool TrySave(int page)
    {
        if (_mapped is not null)
        {
            int written = _mapped.WritePage(_ram.Block, page);
            if (_options.Multifd)
            {
                _counters.MultifdBytes += written;
                return true;
            }
            _counters.FileBytes += written;
            _counters.AddRecordBytes(written, _ram.LastStage);
            return true;
        }
        bool mainDetects = !_options.Multifd || _options.ZeroPageDetection == ZeroPageDetection.Legacy;
        if (mainDetects && _ram.TrySaveZero(page))
            return true;
        if (_options.Multifd)
            return TryQueue(page);
        _ram.SavePage(page);
        return true;
    }

    // A page joins the packet; a packet that is full, or of another block, is sent first.
    private bool TryQueue(int page)
    {
        if (!_multifd.Accepts(_ram.Block) && !_multifd.TrySend())
            return false;
        _multifd.Add(_ram.Block, page);
        if (_multifd.IsFull)
            _multifd.TrySend();
        return true;
    }

    // Everything queued is sent and each channel has sent a SYNC packet before main goes on (section 4.6).
    private IEnumerable<SourceStep> Synchronize()
    {
        if (!_options.SendsPackets)
            yield break;
        while (_multifd.HasPages && !_multifd.TrySend())
            yield return new(SourceWait.Channels);
        while (!_multifd.IsIdle)
            yield return new(SourceWait.Channels);
        _multifd.WriteSync();
        yield return new(SourceWait.Channels);
        while (!_multifd.IsIdle)
            yield return new(SourceWait.Channels);
        if (!_machine.MultifdFlushAfterEachSection)
            _ram.Records.WriteFlush();
    }
}
