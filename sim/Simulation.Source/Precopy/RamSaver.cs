using Qemu.Migration.Wire;
using Simulation.Source.Savevm;
using Simulation.Source.Guest;
using Simulation.Source.Postcopy;

namespace Simulation.Source.Precopy;

/// <summary>
/// The source's view of guest RAM: which pages are still to send, and how a page becomes a record on the main channel.
/// </summary>
internal sealed class RamSaver : IDisposable
{
    private readonly GuestModel _guest;
    private readonly SourceOptions _options;
    private readonly SourceCounters _counters;
    private readonly DirtyBitmap _dirty = new();
    private readonly PageSearch _search;
    private readonly XbzrleCache? _cache;
    private readonly byte[] _delta;
    private bool _xbzrleStarted;

    public RamSaver(GuestModel guest, SourceOptions options, SourceCounters counters, StreamBuffer main)
    {
        _guest = guest;
        _options = options;
        _counters = counters;
        Records = new RamRecordWriter(main);
        _search = new PageSearch(guest.Ram, _dirty);
        _cache = options.Xbzrle ? new XbzrleCache(options.XbzrleCacheSize, guest.Ram.PageBytes) : null;
        _delta = options.Xbzrle ? new byte[guest.Ram.PageBytes] : [];
        _dirty.Reset(guest.Ram.PageCount);
    }

    /// <summary>The main channel's records.</summary>
    public RamRecordWriter Records { get; }

    /// <summary>The block of the page found last.</summary>
    public GuestBlock Block => _search.Block;

    /// <summary>Bytes of the pages known to be dirty.</summary>
    public long RemainingBytes => (long)_dirty.Count * _guest.Ram.PageBytes;

    /// <summary>Bytes of the blocks that are sent.</summary>
    public long TotalBytes => _guest.Ram.Blocks.Where(block => !IsIgnored(block)).Sum(block => block.Layout.LengthBytes);

    /// <summary>When records are sent.</summary>
    public RamPhase Phase { get; private set; }

    /// <summary>Whether the guest is stopped and this is the last pass.</summary>
    public bool LastStage => Phase == RamPhase.Downtime;

    /// <summary>Told of each page that is sent, or null.</summary>
    public PostcopyLog? Log { get; set; }

    /// <summary>Whether a block's pages are left out under x-ignore-shared.</summary>
    public bool IsIgnored(GuestBlock block) => _options.IgnoreShared && block.Layout.Shared;

    /// <summary>Marks every page as to be sent, and looks at the guest's log for the first time.</summary>
    public void MarkAllDirty()
    {
        foreach (GuestBlock block in _guest.Ram.Blocks.Where(block => !IsIgnored(block)))
            _dirty.SetRange(block.FirstPage, block.EndPage);
        Synchronize();
    }

    /// <summary>Takes the guest's log of written pages (dirty-sync-count + 1).</summary>
    public void Synchronize()
    {
        _counters.DirtySyncCount++;
        foreach (GuestBlock block in _guest.Ram.Blocks)
        {
            if (!IsIgnored(block))
                _dirty.TakeRange(_guest.DirtyLog, block.FirstPage, block.EndPage);
        }
    }

    /// <summary>Notes that the guest is stopped and that everything follows now.</summary>
    public void BeginLastStage()
    {
        Synchronize();
        Phase = RamPhase.Downtime;
    }

    /// <summary>Notes that the guest goes to the destination and its pages follow: the search begins anew, nothing is a delta.</summary>
    public void BeginPostcopy()
    {
        Synchronize();
        Phase = RamPhase.Postcopy;
        _xbzrleStarted = false;
        Records.InPostcopy = true;
        BeginConnection();
    }

    /// <summary>Begins at the first page again, on a channel whose reader knows no block yet.</summary>
    public void BeginConnection()
    {
        _search.Reset();
        Records.ForgetBlock();
    }

    /// <summary>Whether a page is still to send.</summary>
    public bool IsDirty(int page) => _dirty.Contains(page);

    /// <summary>The next page that is still to send.</summary>
    /// <param name="from">The first page looked at.</param>
    /// <param name="end">The page behind the last looked at.</param>
    /// <returns>Its number, or <paramref name="end"/>.</returns>
    public int NextDirty(int from, int end) => _dirty.Next(from, end);

    /// <summary>Takes a page that was asked for off the bitmap.</summary>
    /// <param name="page">The page.</param>
    /// <param name="goesOnBehind">Whether the search goes on behind it.</param>
    public void TakeRequested(int page, bool goesOnBehind)
    {
        _dirty.Clear(page);
        if (goesOnBehind)
            _search.JumpTo(page);
    }

    /// <summary>Sends what the destination has not received, and nothing else of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="received">A bit for each page of its length, the lowest of byte 0 first.</param>
    public void TakeReceived(GuestBlock block, ReadOnlySpan<byte> received)
    {
        for (int page = block.FirstPage; page < block.EndPage; page++)
        {
            int bit = (int)(block.OffsetOf(page) / block.PageBytes);
            if ((received[bit >> 3] >> (bit & 7) & 1) != 0)
            {
                _dirty.Clear(page);
                continue;
            }

            _dirty.Set(page);
            Log?.Add(PageEventKind.Missing, page);
        }
    }

    /// <summary>Counts bytes of records by when they are sent.</summary>
    /// <param name="bytes">How many.</param>
    public void Count(long bytes) => _counters.AddRecordBytes(bytes, Phase);

    /// <summary>Sends a page on another channel: as ZERO or whole.</summary>
    /// <param name="records">The channel's records.</param>
    /// <param name="block">Its block.</param>
    /// <param name="page">The page.</param>
    public void SaveUrgent(RamRecordWriter records, GuestBlock block, int page)
    {
        if (_options.ZeroPageDetection != ZeroPageDetection.None && _guest.Ram.IsZero(page))
        {
            _counters.Duplicate++;
            Count(records.WriteZero(block, page));
        }
        else
        {
            _counters.Normal++;
            Count(records.WritePage(block, page, _guest.Ram.Page(page), copied: false));
        }

        Log?.Add(PageEventKind.SentUrgently, page);
    }

    /// <summary>Finds the next page to send and takes it off the bitmap.</summary>
    /// <param name="page">The page.</param>
    /// <returns>What was found; XBZRLE starts when a round is over.</returns>
    public SearchResult TakeNext(out int page)
    {
        SearchResult result = _search.Next(out page);
        if (result == SearchResult.Wrapped)
            _xbzrleStarted = _options.Xbzrle && Phase != RamPhase.Postcopy;
        else if (result == SearchResult.Page)
            _dirty.Clear(page);
        return result;
    }

    /// <summary>Sends the page as a ZERO record if it is zero and the main thread looks for that.</summary>
    /// <param name="page">The page.</param>
    /// <returns>Whether it was sent.</returns>
    public bool TrySaveZero(int page)
    {
        if (_options.ZeroPageDetection == ZeroPageDetection.None || !_guest.Ram.IsZero(page))
            return false;
        _counters.Duplicate++;
        Log?.Add(PageEventKind.Sent, page);
        Count(Records.WriteZero(Block, page));
        if (_xbzrleStarted)
            _cache!.TryInsert(page, _guest.Ram.Page(page), _counters.DirtySyncCount);
        return true;
    }

    /// <summary>Sends a page that is not zero: as a delta where XBZRLE has started, else whole.</summary>
    /// <param name="page">The page.</param>
    public void SavePage(int page)
    {
        Log?.Add(PageEventKind.Sent, page);
        ReadOnlySpan<byte> content = _guest.Ram.Page(page);
        if (_xbzrleStarted && TrySaveDelta(page, content))
            return;
        _counters.Normal++;
        bool copied = _xbzrleStarted && !LastStage;
        Count(Records.WritePage(Block, page, content, copied));
    }

    /// <inheritdoc/>
    public void Dispose() => _cache?.Dispose();

    private bool TrySaveDelta(int page, ReadOnlySpan<byte> content)
    {
        long generation = _counters.DirtySyncCount;
        if (!_cache!.TryGet(page, generation, out Span<byte> cached))
        {
            _counters.XbzrleCacheMiss++;
            if (!LastStage)
                _cache.TryInsert(page, content, generation);
            return false;
        }
        _counters.XbzrlePages++;
        int count = Xbzrle.Encode(cached, content, _delta);
        if (count == 0)
            return true;
        if (!LastStage)
            content.CopyTo(cached);
        if (count < 0)
        {
            _counters.XbzrleOverflow++;
            _counters.XbzrleBytes += content.Length;
            return false;
        }
        int written = Records.WriteXbzrle(Block, page, _delta.AsSpan(0, count));
        _counters.XbzrleRecords++;
        _counters.XbzrleBytes += written - RamFlags.HeaderBytes;
        Count(written);
        return true;
    }
}
