using Qemu.Migration.Destination.Postcopy;

namespace Qemu.Migration.Destination.Statistics;

/// <summary>
/// One consistent look at an incoming migration's figures (stream reference, section 8.5). While loading it is made anew for each
/// query; at the end it is computed and stored once, before the terminal state becomes visible, and never changes after.
/// </summary>
public sealed record MigrationStatistics
{
    /// <summary>Figures of a migration that has not begun.</summary>
    public static MigrationStatistics Empty { get; } = new();

    /// <summary>Milliseconds from <c>migrate-incoming</c> to SETUP to ACTIVE; null before.</summary>
    public long? SetupTimeMilliseconds { get; init; }

    /// <summary>start_time: the monotonic clock at SETUP to ACTIVE, in nanoseconds of the environment's clock; null before.</summary>
    public long? StartTimeNanoseconds { get; init; }

    /// <summary>total_time: nanoseconds from SETUP to ACTIVE to the end, or to now; null before. 0 is a legal result.</summary>
    public long? TotalTimeNanoseconds { get; init; }

    /// <summary>received_normal_pages: PAGE records received whole.</summary>
    public long NormalPages { get; init; }

    /// <summary>received_zero_pages: ZERO records received whole.</summary>
    public long ZeroPages { get; init; }

    /// <summary>received_xbzrle_pages: XBZRLE records received whole.</summary>
    public long XbzrlePages { get; init; }

    /// <summary>Bytes of XBZRLE records without their headers.</summary>
    public long XbzrleBytes { get; init; }

    /// <summary>Bytes consumed on all channels; equals the source's <c>transferred</c> after a completed precopy migration.</summary>
    public long TransferredBytes { get; init; }

    /// <summary>Bytes consumed on multifd channels.</summary>
    public long MultifdBytes { get; init; }

    /// <summary>Bytes of RAM records on the main channel up to the switchover.</summary>
    public long PrecopyBytes { get; init; }

    /// <summary>Bytes of RAM records on the main channel after the switchover.</summary>
    public long DowntimeBytes { get; init; }

    /// <summary>Whether the migration has gone on in postcopy: LISTEN has come.</summary>
    public bool IsPostcopy { get; init; }

    /// <summary>How long the guest waited for missing pages; null unless capability <c>postcopy-blocktime</c> is on.</summary>
    public BlockTimeFigures? BlockTime { get; init; }

    /// <summary>Bytes of RAM records on the main channel and the one for urgent pages since the guest runs here.</summary>
    public long PostcopyBytes { get; init; }

    /// <summary>Pages that the source was asked for, again after each recovery.</summary>
    public long PostcopyRequests { get; init; }

    /// <summary>Page records that came since the guest runs here, also those that were dropped.</summary>
    public long PostcopyPages { get; init; }

    /// <summary>Of those, the ones on the channel for urgent pages.</summary>
    public long UrgentPages { get; init; }

    /// <summary>Page records that were dropped: the page was there, and the guest may have written it.</summary>
    public long DroppedPages { get; init; }

    /// <summary>Pages that had arrived and were thrown away before the guest came, since the source's guest had written them again.</summary>
    public long DiscardedPages { get; init; }

    /// <summary>How often a source came back after its connection had been lost.</summary>
    public long Recoveries { get; init; }

    /// <summary>Nanoseconds without a source since the guest runs here. They are part of <see cref="TotalTimeNanoseconds"/>, and not of the
    /// time that rates are made of.</summary>
    public long PausedTimeNanoseconds { get; init; }

    /// <summary>Bytes of the RAM that migrates.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Bytes of RAM that have not arrived at least once. A completed migration of a real source has none; QEMU's rules let a stream
    /// complete that brings less.</summary>
    public long RemainingBytes { get; init; }

    /// <summary>Pages that arrived at least once.</summary>
    public long UniquePages { get; init; }

    /// <summary>Bytes of a page.</summary>
    public int PageSizeBytes { get; init; }

    /// <summary>Throughput in Mbit/s: over the last second while loading, over the whole run at the end.</summary>
    public double Mbps { get; init; }

    /// <summary>Page records a second, likewise.</summary>
    public double PagesPerSecond { get; init; }
}
