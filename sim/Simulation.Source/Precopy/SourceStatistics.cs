namespace Simulation.Source.Precopy;

/// <summary>What the source's <c>query-migrate</c> says (stream reference, sections 3.3, 4.7 and 8.1).</summary>
public sealed record SourceStatistics
{
    /// <summary><c>status</c>.</summary>
    public SourceStatus Status { get; init; }

    /// <summary><c>error-desc</c>, or null.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary><c>total-time</c> in milliseconds, from the start to the end or to now.</summary>
    public long TotalTime { get; init; }

    /// <summary><c>setup-time</c> in milliseconds.</summary>
    public long SetupTime { get; init; }

    /// <summary><c>downtime</c> in milliseconds, from the guest's stop to the end, or in postcopy until its state is sent; 0 before.</summary>
    public long Downtime { get; init; }

    /// <summary><c>ram.total</c>: bytes of the blocks that are sent.</summary>
    public long Total { get; init; }

    /// <summary><c>ram.remaining</c>: bytes of the pages known to be dirty.</summary>
    public long Remaining { get; init; }

    /// <summary><c>ram.transferred</c>: bytes on all channels, and in the file; in postcopy the package counts twice, as in QEMU (fault
    /// L18).</summary>
    public long Transferred { get; init; }

    /// <summary><c>ram.normal</c>: PAGE records, normal pages of packets, pages written to the file.</summary>
    public long Normal { get; init; }

    /// <summary><c>ram.duplicate</c>: ZERO records, zero pages of packets, pages left out of the file.</summary>
    public long Duplicate { get; init; }

    /// <summary><c>ram.dirty-sync-count</c>: 1 after setup, one more for each look at the guest's log.</summary>
    public long DirtySyncCount { get; init; }

    /// <summary><c>ram.multifd-bytes</c>: bytes of the multifd channels, first packets included.</summary>
    public long MultifdBytes { get; init; }

    /// <summary><c>ram.precopy-bytes</c>: bytes of the RAM records on the main channel while the guest ran.</summary>
    public long PrecopyBytes { get; init; }

    /// <summary><c>ram.downtime-bytes</c>: bytes of the RAM records on the main channel after it was stopped.</summary>
    public long DowntimeBytes { get; init; }

    /// <summary><c>ram.postcopy-bytes</c>: bytes of the RAM records on the main and the preempt channel after that.</summary>
    public long PostcopyBytes { get; init; }

    /// <summary><c>ram.postcopy-requests</c>: messages that asked for pages.</summary>
    public long PostcopyRequests { get; init; }

    /// <summary>Bytes of the package with the device state, without its command; 0 before it was sent. QEMU has no such figure.</summary>
    public long PackageBytes { get; init; }

    /// <summary>Pages that the destination was told to throw away. QEMU has no such figure.</summary>
    public long PagesDiscarded { get; init; }

    /// <summary>Recoveries that succeeded. QEMU has no such figure.</summary>
    public long Recoveries { get; init; }

    /// <summary><c>xbzrle-cache.pages</c>: pages found in the cache, skipped and overflowed ones included.</summary>
    public long XbzrlePages { get; init; }

    /// <summary><c>xbzrle-cache.bytes</c>: bytes of the XBZRLE records after their header, and a page for each overflow.</summary>
    public long XbzrleBytes { get; init; }

    /// <summary><c>xbzrle-cache.overflow</c>: pages whose delta was longer than a page.</summary>
    public long XbzrleOverflow { get; init; }

    /// <summary><c>xbzrle-cache.cache-miss</c>: pages not found.</summary>
    public long XbzrleCacheMiss { get; init; }

    /// <summary>XBZRLE records written. QEMU has no such figure; a destination's count must equal it.</summary>
    public long XbzrleRecords { get; init; }
}
