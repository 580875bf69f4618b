using Qemu.Migration.Destination.Diagnostics;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.Multifd;

/// <summary>
/// multifd_recv_thread: one multifd channel (stream reference, sections 4.3 and 4.5). Each packet is checked whole before its first
/// page is written; the pages go straight into guest memory.
/// </summary>
internal sealed class MultifdReceiver(
    int id, QemuFileReader reader, MigrationChannel channel, MultifdSession session, GuestMemory memory, bool ignoreShared,
    PageDecompressor? decompressor, MigrationIncomingState state) : IDisposable
{
    private readonly byte[] _header = new byte[MultifdPacket.HeaderBytes(memory.PageSizeBytes)];
    private readonly byte[] _page = decompressor is null ? [] : new byte[memory.PageSizeBytes];
    private readonly TaskCompletionSource _begun = NewSignal();
    private MemoryPiece[] _pieces = [];
    private RamBlock? _block;

    /// <summary>The channel's id, from 0.</summary>
    public int Id => id;

    /// <summary>What the channel received.</summary>
    public ReceiveCounters Counters { get; } = new();

    /// <summary>Bytes received, the initial packet included.</summary>
    public long Bytes => reader.OffsetBytes;

    /// <summary>Whether the peer has gone and left nothing to receive. Asked before the channel has begun to receive.</summary>
    public bool HasLeft => reader.Window.IsEmpty && channel.HasEnded;

    /// <summary>Completes when the channel need not wait for the others any more.</summary>
    public Task Begun => _begun.Task;

    /// <summary>The session that the channel belongs to.</summary>
    public MultifdSession Session { get; private set; } = session;

    /// <summary>Gives the channel to another session, before it has begun to receive.</summary>
    /// <param name="next">The session, without a channel of this id.</param>
    public void MoveTo(MultifdSession next)
    {
        Session.Remove(this);
        Session = next;
        Invariant.Holds(next.Register(this) is null, "a new session has every id free");
    }

    /// <summary>Lets the channel go on. Repeatable.</summary>
    public void Begin() => _begun.TrySetResult();

    /// <summary>Ends the channel.</summary>
    public void Shutdown() => channel.Shutdown();

    /// <summary>Frees what its decompression takes.</summary>
    public void Dispose() => decompressor?.Dispose();

    /// <summary>Receives until the channel ends, fails, or the session is over.</summary>
    public async Task RunAsync()
    {
        // Only pages that are received in place need this. Everything else is read in the largest pieces available.
        reader.ReadsAhead = !channel.ReadsInPlace || memory.IsWrittenThrough || decompressor is not null;
        StreamError? error = null;
        if (await Session.WaitForStartAsync(this))
        {
            bool goOn;
            do
            {
                (error, goOn) = await ReceivePacketAsync();
                state.NoteProgress();
            }
            while (error is null && goOn);
        }
        await Session.LeaveAsync(this, error);
    }

    private async ValueTask<(StreamError? Error, bool GoOn)> ReceivePacketAsync()
    {
        DecodeStatus status;
        MultifdPacketHeader header;
        int consumed;
        while ((status = MultifdPacketHeader.TryRead(reader.Window, memory.PageSizeBytes, out header, out consumed)).NeedsMoreData)
        {
            if (!await reader.FillAsync(status.NeededBytes))
                return (EndOfPackets(), false);
        }
        long offset = reader.OffsetBytes;
        if (status != DecodeStatus.Done)
            return (InvalidPrefix(offset), false);
        reader.Window[..consumed].CopyTo(_header);
        if (Check(header, offset) is { } error)
            return (error, false);
        reader.Advance(consumed);
        bool hasPages = header.NormalPages + header.ZeroPages > 0;
        if (hasPages && !Session.TryBeginPages())
            return (Fail(StreamErrorCode.MultifdPagesInPostcopy, offset, $"a packet with pages in postcopy, where they come on the main channel"), false);
        error = await ReceivePagesAsync(header, offset);
        if (hasPages)
            Session.EndPages();
        if (error is not null)
            return (error, false);
        return (null, (header.Flags & MultifdPacket.FlagSync) == 0 || await Session.ArriveAsync());
    }

    private ValueTask<StreamError?> ReceivePagesAsync(in MultifdPacketHeader header, long offset)
    {
        ReceivedCounts received = default;
        WriteZeroPages(header, ref received);
        Counters.Add(received, TransferPhase.Precopy);
        return decompressor is null
            ? ReceivePagesAsync((int)header.NormalPages)
            : DecompressPagesAsync(header, offset, decompressor);
    }

    // A source that is done closes the channel between two packets.
    private StreamError? EndOfPackets()
    {
        if (reader.Window.IsEmpty && reader.Failure is null)
            return null;
        return reader.Window.Length < MultifdPacketPrefix.SizeBytes
            ? Truncated($"a packet's first {MultifdPacketPrefix.SizeBytes} bytes")
            : Truncated($"a packet's header");
    }

    private StreamError InvalidPrefix(long offset)
    {
        MultifdPacketPrefix.TryRead(reader.Window, out MultifdPacketPrefix prefix, out _);
        if (prefix.FoundMagic != MultifdPacket.Magic)
            return Fail(StreamErrorCode.MultifdMagic, offset, $"a packet with magic 0x{prefix.FoundMagic:x8}, not 0x{MultifdPacket.Magic:x8}");
        return prefix.FoundVersion != MultifdPacket.Version
            ? Fail(StreamErrorCode.MultifdVersion, offset, $"a packet of version {prefix.FoundVersion}, not {MultifdPacket.Version}")
            : Fail(StreamErrorCode.MultifdDeviceState, offset, $"a packet of device state, and no device here takes one");
    }

    private StreamError? Check(in MultifdPacketHeader header, long offset)
    {
        int room = MultifdPacket.PagesPerPacket(memory.PageSizeBytes);
        if (header.PagesAllocated > room)
            return Fail(StreamErrorCode.MultifdPageCount, offset, $"a packet of {header.PagesAllocated} pages, more than {room}");
        if (header.NormalPages > header.PagesAllocated || header.ZeroPages > header.PagesAllocated - header.NormalPages)
        {
            return Fail(
                StreamErrorCode.MultifdPageCount, offset,
                $"a packet of {header.NormalPages} normal and {header.ZeroPages} zero pages, more than its {header.PagesAllocated}");
        }
        int pages = (int)(header.NormalPages + header.ZeroPages);
        if (pages == 0)
            return null;
        if (CheckPages(pages, offset) is { } error)
            return error;
        uint method = header.Flags & MultifdPacket.CompressionMask;
        if (method != (decompressor?.Flag ?? 0))
            return Fail(StreamErrorCode.MultifdCompression, offset, $"compression 0x{method:x}, not 0x{decompressor?.Flag ?? 0:x}");
        if (decompressor is null)
            return null;
        if (header.PayloadBytes > MultifdPacket.CompressedBytes)
        {
            return Fail(
                StreamErrorCode.MultifdPayloadSize, offset,
                $"a payload of {header.PayloadBytes} bytes, more than {MultifdPacket.CompressedBytes}");
        }
        return header.NormalPages == 0 && header.PayloadBytes != 0
            ? Fail(StreamErrorCode.MultifdPayloadSize, offset, $"a payload of {header.PayloadBytes} bytes for no page")
            : null;
    }

    private StreamError? CheckPages(int pages, long offset)
    {
        ReadOnlySpan<byte> name = MultifdPacketHeader.BlockName(_header);
        if (_block is null || !name.SequenceEqual(_block.Utf8Name))
        {
            _block = memory.Find(name);
            if (_block is null)
            {
                string text = CString.Text(name);
                return Fail(StreamErrorCode.UnknownBlock, offset, $"a packet for the unknown block '{text}'");
            }
        }
        if (_block.IsIgnored(ignoreShared))
            return Fail(StreamErrorCode.BlockNotMigratable, offset, $"a packet for a block that is not migrated");
        // All lengths are whole pages. A block may have none.
        ulong end = (ulong)_block.UsedLengthBytes;
        for (int i = 0; i < pages; i++)
        {
            ulong page = MultifdPacketHeader.Offset(_header, i);
            if (end == 0 || page > end - (ulong)memory.PageSizeBytes)
                return Fail(StreamErrorCode.OffsetOutOfRange, offset, $"a page at 0x{page:x}, and the block ends at 0x{end:x}");
            if ((page & (ulong)(memory.PageSizeBytes - 1)) != 0)
                return Fail(StreamErrorCode.MultifdOffsetUnaligned, offset, $"a page at 0x{page:x}, which is not page-aligned");
        }
        return null;
    }

    private long PageAt(int index) => (long)(MultifdPacketHeader.Offset(_header, index) >> memory.PageShift);

    private void WriteZeroPages(in MultifdPacketHeader header, ref ReceivedCounts received)
    {
        int first = (int)header.NormalPages;
        for (int i = first; i < first + (int)header.ZeroPages; i++)
            received.UniquePages += memory.ZeroPage(_block!, PageAt(i));
        received.ZeroPages += header.ZeroPages;
    }

    private ValueTask<StreamError?> ReceivePagesAsync(int pages) =>
        !reader.ReadsAhead && reader.Window.IsEmpty ? ReceiveInPlaceAsync(pages) : ReceiveCopiedAsync(pages);

    private async ValueTask<StreamError?> ReceiveCopiedAsync(int pages)
    {
        int done = 0;
        while (done < pages)
        {
            if (!await reader.FillAsync(memory.PageSizeBytes))
                return Truncated($"page {done} of {pages} of a packet");
            ReceivedCounts received = default;
            int whole = Math.Min(pages - done, reader.Window.Length / memory.PageSizeBytes);
            WritePages(done, whole, ref received);
            reader.Advance(whole * memory.PageSizeBytes);
            done += whole;
            Counters.Add(received, TransferPhase.Precopy);
        }
        return null;
    }

    // The header says where each page belongs: the channel can put it there, without a copy in between. A page cut off by the end
    // is partly written then, but neither counted nor marked.
    private async ValueTask<StreamError?> ReceiveInPlaceAsync(int pages)
    {
        long missing = (long)pages << memory.PageShift;
        while (missing > 0)
        {
            int first = pages - (int)((missing + memory.PageSizeBytes - 1) >> memory.PageShift);
            int count = BuildIoVectors(first, pages, (int)(memory.PageSizeBytes - missing % memory.PageSizeBytes) % memory.PageSizeBytes);
            int read = await reader.ReadInPlaceAsync(_pieces.AsMemory(0, count));
            if (read == 0)
            {
                for (int i = first; i < pages; i++)
                    memory.GiveUp(_block!, PageAt(i));
                return Truncated($"page {first} of {pages} of a packet");
            }
            missing -= read;
            int whole = pages - (int)((missing + memory.PageSizeBytes - 1) >> memory.PageShift);
            ReceivedCounts received = default;
            for (int i = first; i < whole; i++)
                received.UniquePages += memory.Arrived(_block!, PageAt(i));
            received.NormalPages = whole - first;
            Counters.Add(received, TransferPhase.Precopy);
        }
        return null;
    }

    // The memory of the pages that are still missing, with adjacent pages joined. The first one may be partly received.
    private int BuildIoVectors(int first, int pages, int begun)
    {
        int count = 0;
        if (_pieces.Length < pages)
            _pieces = new MemoryPiece[pages];
        for (int i = first; i < pages; i++)
        {
            MemoryPiece place = memory.Place(_block!, PageAt(i));
            if (i == first)
                place = new(place.Address + begun, place.LengthBytes - begun);
            if (count > 0 && _pieces[count - 1].Address + _pieces[count - 1].LengthBytes == place.Address)
                _pieces[count - 1] = _pieces[count - 1] with { LengthBytes = _pieces[count - 1].LengthBytes + place.LengthBytes };
            else
                _pieces[count++] = place;
        }
        return count;
    }

    private void WritePages(int first, int count, ref ReceivedCounts received)
    {
        ReadOnlySpan<byte> window = reader.Window;
        for (int i = 0; i < count;)
        {
            long page = PageAt(first + i);
            int run = 1;
            while (i + run < count && PageAt(first + i + run) == page + run)
                run++;
            received.UniquePages += memory.WriteRun(_block!, page, run, in window[i * memory.PageSizeBytes], memory.PageSizeBytes);
            i += run;
        }
        received.NormalPages += count;
    }

    private async ValueTask<StreamError?> DecompressPagesAsync(
        MultifdPacketHeader header, long offset, PageDecompressor pageDecompressor)
    {
        int pages = (int)header.NormalPages;
        if (pages == 0)
            return null;
        byte[] payload = pageDecompressor.Payload((int)header.PayloadBytes);
        int done = 0;
        while (done < header.PayloadBytes)
        {
            if (!await reader.FillAsync(1))
                return Truncated($"a compressed payload of {header.PayloadBytes} bytes");
            int part = Math.Min(reader.Window.Length, (int)header.PayloadBytes - done);
            reader.Window[..part].CopyTo(payload.AsSpan(done));
            reader.Advance(part);
            done += part;
        }
        ReceivedCounts received = default;
        StreamError? error = null;
        for (int i = 0; i < pages && error is null; i++)
        {
            if (pageDecompressor.TryReadPage(_page))
            {
                received.UniquePages += memory.WritePage(_block!, PageAt(i), in _page[0]);
                received.NormalPages++;
            }
            else
            {
                error = Fail(
                    StreamErrorCode.MultifdDecompression, offset, $"a {pageDecompressor.Name} payload that ends or breaks in page {i} of {pages}");
            }
        }
        Counters.Add(received, TransferPhase.Precopy);
        return error is null && !pageDecompressor.TryEnd()
            ? Fail(StreamErrorCode.MultifdDecompression, offset, $"a {pageDecompressor.Name} stream that ends behind page {pages - 1} of {pages}")
            : error;
    }

    private StreamError Truncated(FormattableString what)
    {
        StreamError error = Errors.Truncated(reader, what);
        return error.WithChannel(ChannelName, null);
    }

    private StreamError Fail(StreamErrorCode code, long offset, FormattableString cause) =>
        new StreamError(code, offset, cause).WithChannel(ChannelName, _block?.Name);

    private string ChannelName => $"multifd {id}";
}
