using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Postcopy;

namespace Simulation.Source.Precopy;

/// <summary>Sends pages within a section of <c>ram</c>: as records, in packets or into the file, until a limit is reached or none is dirty.</summary>
internal sealed class PageSender(SourceSession session)
{
    /// <summary>MAX_WAIT: a PART ends after this many nanoseconds at the latest.</summary>
    private const long LongestPartNanoseconds = 50_000_000;

    // QEMU looks at the time behind the first page of a PART and behind each 64th that follows.
    private const int PagesBetweenLooks = 64;

    private readonly RamSaver _ram = session.Ram;
    private readonly SourceOptions _options = session.Options;

    /// <summary>Sends pages until none is dirty, or, while the guest runs here, until bandwidth or time is used up.</summary>
    public IEnumerable<SourceStep> SavePages()
    {
        long start = session.Now;
        long flushed = session.Flushed;
        while (_ram.LastStage
            || (!session.Bandwidth.IsExceeded(session.Flushed) && session.Now - start <= LongestPartNanoseconds))
        {
            // A search ends only with a page or at the end of the round. The limits are checked after a page only.
            SearchResult result = _ram.TakeNext(out int page);
            for (; result == SearchResult.Wrapped; result = _ram.TakeNext(out page))
            {
                if (session.Machine.MultifdFlushAfterEachSection)
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
            if (session.Flushed == flushed)
                continue;
            flushed = session.Flushed;
            yield return new(SourceWait.Flush);
        }
    }

    /// <summary>Sends pages while the guest runs at the destination: first those it asked for, and then those behind them; always as
    /// records.</summary>
    public IEnumerable<SourceStep> PushPages()
    {
        long start = session.Now;
        long flushed = session.Flushed;
        for (int count = 0; !session.Bandwidth.IsExceeded(session.Flushed) || HasRequests; count++)
        {
            if (!TryTake(out int page))
                yield break;
            if (!MainLooksForZeros || !_ram.TrySaveZero(page))
                _ram.SavePage(page);
            if (session.Flushed != flushed)
            {
                flushed = session.Flushed;
                yield return new(SourceWait.Flush);
            }
            if (count % PagesBetweenLooks == 0 && session.Now - start > LongestPartNanoseconds)
                yield break;
        }
    }

    /// <summary>Whether the main channel has to serve a request.</summary>
    public bool HasRequests => session.Urgent is null && !session.Requests.IsEmpty;

    // Everything queued is sent and each channel has sent a SYNC packet before main goes on (section 4.6).
    public IEnumerable<SourceStep> Synchronize()
    {
        if (!_options.SendsPackets)
            yield break;
        MultifdSender multifd = session.Multifd;
        while (multifd.HasPages && !multifd.TrySend())
            yield return new(SourceWait.Channels);
        while (!multifd.IsIdle)
            yield return new(SourceWait.Channels);
        multifd.WriteSync();
        yield return new(SourceWait.Channels);
        while (!multifd.IsIdle)
            yield return new(SourceWait.Channels);
        if (!session.Machine.MultifdFlushAfterEachSection)
            _ram.Records.WriteFlush();
    }

    /// <summary>Ends a section of <c>ram</c>.</summary>
    public void CloseRam()
    {
        _ram.Records.WriteEndOfRecords();
        session.Main.Flush();
        session.Savevm.CloseSection(session.Machine.RamSectionId);
    }

    private bool MainLooksForZeros => !_options.Multifd || _options.ZeroPageDetection == ZeroPageDetection.Legacy;

    private bool TryTake(out int page)
    {
        if (HasRequests && session.Requests.TryTake(_ram.IsDirty, out GuestBlock _, out page))
        {
            _ram.TakeRequested(page, goesOnBehind: true);
            return true;
        }
        SearchResult result;
        do
            result = _ram.TakeNext(out page);
        while (result == SearchResult.Wrapped);
        return result == SearchResult.Page;
    }

    // False when the page waits for a multifd channel.
    private bool TrySave(int page)
    {
        if (session.Mapped is { } mapped)
        {
            int written = mapped.WritePage(_ram.Block, page);
            if (_options.Multifd)
            {
                session.Counters.MultifdBytes += written;
                return true;
            }
            session.Counters.FileBytes += written;
            _ram.Count(written);
            return true;
        }
        if (MainLooksForZeros && _ram.TrySaveZero(page))
            return true;
        if (_options.Multifd)
            return TryQueue(page);
        _ram.SavePage(page);
        return true;
    }

    // A page joins the packet; a packet that is full, or of another block, is sent first.
    private bool TryQueue(int page)
    {
        MultifdSender multifd = session.Multifd;
        if (!multifd.Accepts(_ram.Block) && !multifd.TrySend())
            return false;
        multifd.Add(_ram.Block, page);
        _ram.Log?.Add(PageEventKind.Sent, page);
        if (multifd.IsFull)
            multifd.TrySend();
        return true;
    }
}
