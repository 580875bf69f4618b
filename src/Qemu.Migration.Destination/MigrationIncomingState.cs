using Qemu.Migration.Destination.Diagnostics;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination;

/// <summary>
/// MigrationIncomingState: the state of one incoming migration, its timing and its received pages. Only this class changes the
/// status. The picture of the states stands at <see cref="MigrationStatus"/>.
/// </summary>
/// <remarks>
/// Publication order (stream reference, section 8.2, T1): at the end the statistics are computed, stored, and only then is the
/// terminal status stored with release semantics; a reader that sees the status sees the figures. Times are differences of a
/// monotonic clock; the wall clock is never read (T6). Unlike the posted patch, figures exist in every state, for every path, and
/// also when the migration fails.
/// </remarks>
public sealed partial class MigrationIncomingState
{
    private readonly DestinationEnvironment _environment;
    private readonly object _lock = new();
    private readonly TransferRate _rate = new();
    private readonly GuestMemory _memory;
    private readonly bool _ignoreShared;
    private readonly bool _mappedRam;
    private readonly bool _readsInParallel;
    private int _status;
    private long _incomingTime;
    private long _startTime;
    private MigrationStatistics? _final;
    private volatile QemuFileReader? _main;
    private volatile MultifdSession? _multifd;
    private bool _outcomeDecided;

    internal MigrationIncomingState(DestinationEnvironment environment, GuestMemory memory, MigrationCapabilities capabilities)
    {
        _environment = environment;
        _memory = memory;
        _ignoreShared = capabilities.IgnoreShared;
        _mappedRam = capabilities.MappedRam;
        _readsInParallel = capabilities.Multifd;
    }

    /// <summary>state: the status now.</summary>
    public MigrationStatus Status => (MigrationStatus)Volatile.Read(ref _status);

    /// <summary>Why the migration failed; null unless it did. Stored before the status says so.</summary>
    public StreamError? Error { get; private set; }

    /// <summary>What the main channel received.</summary>
    internal ReceiveCounters MainCounters { get; } = new();

    /// <summary>Monotonic time in nanoseconds.</summary>
    internal long Now
    {
        get
        {
            TimeProvider clock = _environment.TimeProvider;
            long ticks = clock.GetTimestamp();
            return clock.TimestampFrequency == 1_000_000_000
                ? ticks
                : (long)((Int128)ticks * 1_000_000_000 / clock.TimestampFrequency);
        }
    }

    /// <summary>The figures now, or the final ones once the status is terminal.</summary>
    /// <returns>A consistent look: status first, figures second.</returns>
    public (MigrationStatus Status, MigrationStatistics Statistics) Snapshot()
    {
        MigrationStatus status = Status;
        MigrationStatistics? final = Volatile.Read(ref _final);
        Invariant.Holds(final is not null || !status.IsTerminal(), "a terminal status has its statistics");
        return (status, final ?? Compute(status));
    }

    /// <summary>none to setup: <c>migrate-incoming</c>.</summary>
    /// <returns>False when a migration was started already.</returns>
    internal bool TryBeginSetup()
    {
        lock (_lock)
        {
            if (Status != MigrationStatus.None)
                return false;
            _incomingTime = Now;
            Volatile.Write(ref _status, (int)MigrationStatus.Setup);
        }
        _environment.Trace.StatusChanged(MigrationStatus.None, MigrationStatus.Setup);
        return true;
    }

    /// <summary>setup to none: the transport could not be opened; another <c>migrate-incoming</c> may follow (deviation L10).</summary>
    internal void AbandonSetup()
    {
        lock (_lock)
        {
            Invariant.Holds(Status == MigrationStatus.Setup, "only a migration in setup can be abandoned");
            Volatile.Write(ref _status, (int)MigrationStatus.None);
        }
        _environment.Trace.StatusChanged(MigrationStatus.Setup, MigrationStatus.None);
    }

    /// <summary>setup to active: all channels are there. Sets start_time.</summary>
    internal void Activate(QemuFileReader main, MultifdSession? multifd)
    {
        lock (_lock)
        {
            Invariant.Holds(Status == MigrationStatus.Setup, "active follows setup");
            _startTime = Now;
            _main = main;
            _multifd = multifd;
            Volatile.Write(ref _status, (int)MigrationStatus.Active);
        }
        _rate.Note(_startTime, 0, 0);
        _environment.Trace.StatusChanged(MigrationStatus.Setup, MigrationStatus.Active);
    }

    /// <summary>Notes progress for the sliding rates. Every task that receives calls this again and again.</summary>
    internal void NoteProgress()
    {
        Received received = Sum(_main!);
        _rate.Note(Now, received.Bytes, received.Pages);
    }

    /// <summary>Decides how the migration ends; the first decision counts.</summary>
    /// <param name="error">The failure, or null for success.</param>
    /// <returns>Whether this call decided.</returns>
    internal bool TryDecide(StreamError? error)
    {
        lock (_lock)
        {
            if (_outcomeDecided)
                return false;
            _outcomeDecided = true;
            Error = error;
            return true;
        }
    }

    /// <summary>Publishes the decided end: the final figures first, then the status.</summary>
    internal async ValueTask PublishAsync()
    {
        Invariant.Holds(_outcomeDecided, "an end is decided before it is published");
        MigrationStatus end = Error is null ? MigrationStatus.Completed : MigrationStatus.Failed;
        MigrationStatistics final = Compute(end);
        await _environment.Point("statistics/store");
        MigrationStatus before;
        lock (_lock)
        {
            before = Status;
            Invariant.Holds(_final is null && !before.IsTerminal(), "a migration ends once");
            Volatile.Write(ref _final, final);
        }
        await _environment.Point("status/publish");
        Volatile.Write(ref _status, (int)end);
        _environment.Trace.StatusChanged(before, end);
    }

    private Received Sum(QemuFileReader main)
    {
        Received sum = default;
        sum.Add(MainCounters);
        sum.Add(PreemptCounters);
        if (_multifd is { } multifd)
        {
            foreach (MultifdReceiver receiver in multifd.Receivers)
            {
                sum.Add(receiver.Counters);
                sum.MultifdBytes += receiver.Bytes;
            }
        }
        sum.Bytes = main.ConsumedBytes + sum.MultifdBytes + MainCounters.MappedBytes;
        sum.Bytes += _later.Bytes;
        // The readers of a mapped-ram file stand for channels: what they read is theirs, as a source counts it.
        if (_mappedRam && _readsInParallel)
            sum.MultifdBytes = sum.Normal << _memory.PageShift;
        return sum;
    }

    private MigrationStatistics Compute(MigrationStatus status)
    {
        QemuFileReader? main = _main;
        if (main is null)
            return MigrationStatistics.Empty with { PageSizeBytes = _memory.PageSizeBytes };
        long now = Now;
        Received received = Sum(main);
        long total = _memory.MigratedBytes(_ignoreShared);
        long paused = _pauses.Sum(now);
        var (mbps, pagesPerSecond) = status.IsTerminal()
            ? TransferRate.Over(now - _startTime - paused, received.Bytes, received.Pages)
            : _rate.Measure(now, received.Bytes, received.Pages);
        return new()
        {
            SetupTimeMilliseconds = (_startTime - _incomingTime) / 1_000_000,
            StartTimeNanoseconds = _startTime,
            TotalTimeNanoseconds = now - _startTime,
            NormalPages = received.Normal,
            ZeroPages = received.Zero,
            XbzrlePages = received.Xbzrle,
            XbzrleBytes = MainCounters.XbzrleBytes,
            TransferredBytes = received.Bytes,
            MultifdBytes = received.MultifdBytes,
            PrecopyBytes = MainCounters.PrecopyBytes,
            DowntimeBytes = MainCounters.DowntimeBytes,
            IsPostcopy = _faults is not null,
            BlockTime = _faults?.BlockTimeFigures,
            PostcopyBytes = MainCounters.PostcopyBytes + PreemptCounters.PostcopyBytes,
            PostcopyRequests = _faults?.Requests ?? 0,
            PostcopyPages = Phase == TransferPhase.Postcopy ? received.Pages - _pagesAtRun : 0,
            UrgentPages = PreemptCounters.Pages,
            DroppedPages = _faults?.Duplicates ?? 0,
            DiscardedPages = MainCounters.DiscardedPages,
            Recoveries = Volatile.Read(ref _recoveries),
            PausedTimeNanoseconds = paused,
            TotalBytes = total,
            UniquePages = received.Unique,
            RemainingBytes = Math.Max(0, total - (received.Unique << _memory.PageShift)),
            PageSizeBytes = _memory.PageSizeBytes,
            Mbps = mbps,
            PagesPerSecond = pagesPerSecond,
        };
    }

    /// <summary>The sums over all channels.</summary>
    private struct Received
    {
        public long Normal;
        public long Zero;
        public long Xbzrle;
        public long Unique;
        public long MultifdBytes;
        public long Bytes;

        public readonly long Pages => Normal + Zero + Xbzrle;

        public void Add(ReceiveCounters counters)
        {
            Normal += counters.NormalPages;
            Zero += counters.ZeroPages;
            Xbzrle += counters.XbzrlePages;
            Unique += counters.UniquePages;
        }
    }
}
