namespace Qemu.Migration.Destination.Statistics;

/// <summary>
/// What one channel has received. Written by that channel's task only, after each stretch of records; read by any task. Each
/// figure is a wire count: a page sent twice counts twice (stream reference, section 8.3, C6).
/// </summary>
internal sealed class ReceiveCounters
{
    private long _normal;
    private long _zero;
    private long _xbzrle;
    private long _xbzrleBytes;
    private long _unique;
    private long _precopyBytes;
    private long _downtimeBytes;
    private long _postcopyBytes;
    private long _discarded;
    private long _mappedBytes;

    /// <summary>received_normal_pages: PAGE records received whole.</summary>
    public long NormalPages => Volatile.Read(ref _normal);

    /// <summary>received_zero_pages: ZERO records received whole.</summary>
    public long ZeroPages => Volatile.Read(ref _zero);

    /// <summary>received_xbzrle_pages: XBZRLE records received whole and decoded.</summary>
    public long XbzrlePages => Volatile.Read(ref _xbzrle);

    /// <summary>No C name: records of pages received whole, of each kind.</summary>
    public long Pages => NormalPages + ZeroPages + XbzrlePages;

    /// <summary>No C name: bytes of XBZRLE records on the wire without their 8-byte headers, as the source's
    /// <c>xbzrle-cache.bytes</c> counts them.</summary>
    public long XbzrleBytes => Volatile.Read(ref _xbzrleBytes);

    /// <summary>No C name: pages that arrived for the first time.</summary>
    public long UniquePages => Volatile.Read(ref _unique);

    /// <summary>No C name: bytes of RAM records up to the switchover.</summary>
    public long PrecopyBytes => Volatile.Read(ref _precopyBytes);

    /// <summary>No C name: bytes of RAM records after the switchover.</summary>
    public long DowntimeBytes => Volatile.Read(ref _downtimeBytes);

    /// <summary>No C name: bytes of RAM records since the guest runs here.</summary>
    public long PostcopyBytes => Volatile.Read(ref _postcopyBytes);

    /// <summary>No C name: pages that had arrived and were thrown away, since the source's guest had written them again.</summary>
    public long DiscardedPages => Volatile.Read(ref _discarded);

    /// <summary>No C name: bytes of pages and bitmaps read from a mapped-ram file, beside its stream.</summary>
    public long MappedBytes => Volatile.Read(ref _mappedBytes);

    /// <summary>Adds what one of several tasks received into the same counters.</summary>
    internal void AddShared(in ReceivedCounts received)
    {
        Interlocked.Add(ref _mappedBytes, received.RecordBytes);
        Interlocked.Add(ref _normal, received.NormalPages);
        Interlocked.Add(ref _zero, received.ZeroPages);
        Interlocked.Add(ref _unique, received.UniquePages);
    }

    /// <summary>Pages that had arrived are thrown away.</summary>
    internal void Discard(long pages)
    {
        Volatile.Write(ref _discarded, _discarded + pages);
        Volatile.Write(ref _unique, _unique - pages);
    }

    internal void Add(in ReceivedCounts received, TransferPhase phase)
    {
        Volatile.Write(ref _normal, _normal + received.NormalPages);
        Volatile.Write(ref _zero, _zero + received.ZeroPages);
        Volatile.Write(ref _xbzrle, _xbzrle + received.XbzrlePages);
        Volatile.Write(ref _xbzrleBytes, _xbzrleBytes + received.XbzrleBytes);
        Volatile.Write(ref _unique, _unique + received.UniquePages);
        switch (phase)
        {
            case TransferPhase.Precopy:
                Volatile.Write(ref _precopyBytes, _precopyBytes + received.RecordBytes);
                break;
            case TransferPhase.Downtime:
                Volatile.Write(ref _downtimeBytes, _downtimeBytes + received.RecordBytes);
                break;
            default:
                Volatile.Write(ref _postcopyBytes, _postcopyBytes + received.RecordBytes);
                break;
        }
    }
}

/// <summary>What one stretch of records adds; kept in registers while they are decoded.</summary>
internal struct ReceivedCounts
{
    public long NormalPages;
    public long ZeroPages;
    public long XbzrlePages;
    public long XbzrleBytes;
    public long UniquePages;
    public long RecordBytes;
}
