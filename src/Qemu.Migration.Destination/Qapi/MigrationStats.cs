using Qemu.Migration.Destination.Statistics;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// QAPI <c>MigrationStats</c>, the member <c>ram</c> of <see cref="MigrationInfo"/>, seen from the destination (stream reference,
/// section 8.5): what was received, not what was sent. Page counts are wire records: a page sent twice counts twice.
/// </summary>
internal sealed record MigrationStats
{
    /// <summary>Bytes received on all channels; after a completed precopy migration what the source says of itself.</summary>
    public required long Transferred { get; init; }

    /// <summary>Bytes of RAM that have not arrived at all; 0 once completed.</summary>
    public required long Remaining { get; init; }

    /// <summary>Bytes of the RAM that migrates.</summary>
    public required long Total { get; init; }

    /// <summary>received_zero_pages: zero pages received.</summary>
    public required long Duplicate { get; init; }

    /// <summary>received_normal_pages: pages received whole.</summary>
    public required long Normal { get; init; }

    /// <summary><see cref="Normal"/> times <see cref="PageSize"/>.</summary>
    public required long NormalBytes { get; init; }

    /// <summary>Always 0: only the source knows.</summary>
    public long DirtyPagesRate => 0;

    /// <summary>Throughput in Mbit/s: over the last second while loading, over the whole run at the end.</summary>
    public required double Mbps { get; init; }

    /// <summary>Always 0: only the source knows.</summary>
    public long DirtySyncCount => 0;

    /// <summary>Pages asked for in postcopy.</summary>
    public required long PostcopyRequests { get; init; }

    /// <summary>Bytes of a page.</summary>
    public required int PageSize { get; init; }

    /// <summary>Bytes received on multifd channels.</summary>
    public required long MultifdBytes { get; init; }

    /// <summary>Page records a second, over the same time as <see cref="Mbps"/>.</summary>
    public required long PagesPerSecond { get; init; }

    /// <summary>Bytes of RAM records received while the source's guest ran.</summary>
    public required long PrecopyBytes { get; init; }

    /// <summary>Bytes of RAM records received after the source had stopped its guest.</summary>
    public required long DowntimeBytes { get; init; }

    /// <summary>Bytes of RAM records received since the guest runs here.</summary>
    public required long PostcopyBytes { get; init; }

    /// <summary>Always 0: only the source knows.</summary>
    public long DirtySyncMissedZeroCopy => 0;

    /// <summary>Not in QEMU's schema: XBZRLE records received. QAPI's <c>xbzrle-cache</c> speaks of the source's cache, so its
    /// figures would have to be invented here.</summary>
    public required long XbzrlePages { get; init; }

    /// <summary>Not in QEMU's schema: bytes of those records, without their 8-byte headers.</summary>
    public required long XbzrleBytes { get; init; }

    /// <summary>Not in QEMU's schema, like the three below, and only there once postcopy has begun: page records received since the guest
    /// runs here, dropped ones too.</summary>
    public long? PostcopyPages { get; init; }

    /// <summary>Of those, the ones on the channel for urgent pages.</summary>
    public long? UrgentPages { get; init; }

    /// <summary>Of those, the ones that were dropped, because the page was there.</summary>
    public long? DroppedPages { get; init; }

    /// <summary>Pages that had come in precopy and were thrown away, because the source's guest had written them again.</summary>
    public long? DiscardedPages { get; init; }

    internal static MigrationStats From(MigrationStatistics figures) => new()
    {
        Transferred = figures.TransferredBytes,
        Remaining = figures.RemainingBytes,
        Total = figures.TotalBytes,
        Duplicate = figures.ZeroPages,
        Normal = figures.NormalPages,
        NormalBytes = figures.NormalPages * figures.PageSizeBytes,
        Mbps = figures.Mbps,
        PageSize = figures.PageSizeBytes,
        MultifdBytes = figures.MultifdBytes,
        PagesPerSecond = (long)figures.PagesPerSecond,
        PrecopyBytes = figures.PrecopyBytes,
        DowntimeBytes = figures.DowntimeBytes,
        PostcopyBytes = figures.PostcopyBytes,
        PostcopyRequests = figures.PostcopyRequests,
        PostcopyPages = figures.IsPostcopy ? figures.PostcopyPages : null,
        UrgentPages = figures.IsPostcopy ? figures.UrgentPages : null,
        DroppedPages = figures.IsPostcopy ? figures.DroppedPages : null,
        DiscardedPages = figures.IsPostcopy ? figures.DiscardedPages : null,
        XbzrlePages = figures.XbzrlePages,
        XbzrleBytes = figures.XbzrleBytes,
    };
}
