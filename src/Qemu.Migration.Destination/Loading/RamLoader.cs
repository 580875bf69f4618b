using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>Why <see cref="RamLoader.Decode"/> came back.</summary>
internal enum RamProgress
{
    /// <summary>The window ends inside a record: <see cref="RamLoader.NeededBytes"/> tells how many it takes.</summary>
    NeedMoreData,

    /// <summary>Enough records for one turn: others may run.</summary>
    Yield,

    /// <summary>A MEM_SIZE record begins; its list is read by <see cref="BlockListLoader"/>.</summary>
    BlockList,

    /// <summary>A MULTIFD_FLUSH record was read.</summary>
    Flush,

    /// <summary>EOS was read: the section's records end here.</summary>
    EndOfSection,

    /// <summary>The record is wrong: <see cref="RamLoader.Error"/>.</summary>
    Failed,
}

/// <summary>
/// ram_load_precopy: the records of the <c>ram</c> section (stream reference, section 2):
/// <code>
/// u64 offset|flags  [str8 block]  body          ZERO    u8 fill, 0
///                                               PAGE    one page
///                                               XBZRLE  u8 1, u16 length, delta
/// </code>
/// Decodes as many whole records as the window holds, straight into guest memory: no allocation, no exception and no await per
/// page. A record that is not whole is not consumed, not counted and leaves no trace in memory.
/// </summary>
internal sealed class RamLoader(GuestMemory memory, bool ignoreShared, bool mappedRam)
{
    private const uint NotInFile = RamFlags.Zero | RamFlags.Page | RamFlags.Xbzrle | RamFlags.Hook | RamFlags.MultifdFlush;

    // last_recv_block: survives the section, so that a PART may begin with CONTINUE.
    private RamBlock? _block;
    private bool _blockIgnored;

    /// <summary>Bytes the next record takes at least; valid after <see cref="RamProgress.NeedMoreData"/>.</summary>
    public int NeededBytes { get; private set; }

    /// <summary>What is wrong; valid after <see cref="RamProgress.Failed"/>.</summary>
    public StreamError? Error { get; private set; }

    /// <summary>The block of the last record.</summary>
    public RamBlock? LastBlock => _block;

    /// <summary>Its name, for messages.</summary>
    public string? BlockName => _block?.Name;

    /// <summary>Decodes records.</summary>
    /// <param name="window">Bytes from the first record on.</param>
    /// <param name="offset">Their absolute offset.</param>
    /// <param name="consumed">Bytes of the records decoded.</param>
    /// <param name="received">Receives what they add to the counters.</param>
    /// <returns>Why it came back.</returns>
    public RamProgress Decode(ReadOnlySpan<byte> window, long offset, out int consumed, ref ReceivedCounts received)
    {
        ulong flagMask = (uint)memory.PageSizeBytes - 1;
        int pageShift = memory.PageShift;
        int pageSize = memory.PageSizeBytes;
        int at = 0;
        int scout = 0;
        RamProgress progress = RamProgress.Yield;
        for (int records = 0; records < Limits.RecordsBetweenYields; records++)
        {
            int left = window.Length - at;
            if (left < RamFlags.HeaderBytes)
            {
                progress = Need(RamFlags.HeaderBytes);
                break;
            }
            ref byte record = ref Unsafe.Add(ref MemoryMarshal.GetReference(window), at);
            ulong header = RamRecord.ReadHeader(ref record);
            uint flags = (uint)(header & flagMask);
            uint kind = flags & ~RamFlags.Continue;
            if (kind is not (RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle))
            {
                progress = Control(kind, flags, offset + at);
                if (progress is RamProgress.Failed or RamProgress.BlockList)
                    break;
                at += RamFlags.HeaderBytes;
                if (progress == RamProgress.Yield)
                    continue;
                break;
            }
            if (mappedRam)
            {
                progress = UnexpectedRecord(flags, offset + at);
                break;
            }
            // Without CONTINUE the record names its block. An error in the name is final, even before the rest of the record has arrived.
            int body = RamFlags.HeaderBytes;
            if ((flags & RamFlags.Continue) == 0)
            {
                if (!TryReadBlock(window[at..], offset + at, ref body, out progress))
                    break;
            }
            else if (_block is null)
            {
                progress = Fail(StreamErrorCode.ContinueWithoutBlock, offset + at, $"a record continues a block before any was named");
                break;
            }
            ulong pageOffset = header & ~flagMask;
            RamBlock block = _block!;
            if (_blockIgnored || pageOffset >= (ulong)block.UsedLengthBytes)
            {
                progress = BadPage(offset + at, pageOffset);
                break;
            }
            long page = (long)(pageOffset >> pageShift);
            if (kind == RamFlags.Zero)
            {
                if (left <= body)
                {
                    progress = Need(body + 1);
                    break;
                }
                if (Unsafe.Add(ref record, body) != 0)
                {
                    byte fill = Unsafe.Add(ref record, body);
                    progress = Fail(StreamErrorCode.ZeroPageNotZero, offset + at, $"a zero page filled with {fill}");
                    break;
                }
                received.UniquePages += memory.ZeroPage(block, page);
                received.ZeroPages++;
                body++;
            }
            else if (kind == RamFlags.Page)
            {
                if (left - body < pageSize)
                {
                    progress = Need(body + pageSize);
                    break;
                }
                // Records of adjacent pages usually follow each other: store them together.
                int further = Neighbours(window[(at + body + pageSize)..], pageOffset, block, Limits.RecordsBetweenYields - records - 1);
                int stride = RamFlags.HeaderBytes + pageSize;
                received.UniquePages += memory.WriteRun(block, page, further + 1, ref Unsafe.Add(ref record, body), stride);
                received.NormalPages += further + 1;
                records += further;
                body += pageSize + (further * stride);
            }
            else
            {
                scout = DeltaScout.GoAhead(window, Math.Max(scout, at), at, memory, block);
                if (!TryXbzrle(window[at..], offset + at, block, page, ref body, ref received, out progress))
                    break;
            }
            received.RecordBytes += body;
            at += body;
            progress = RamProgress.Yield;
        }
        consumed = at;
        return progress;
    }

    // Counts the complete records that continue the page run of the one before.
    private int Neighbours(ReadOnlySpan<byte> next, ulong pageOffset, RamBlock block, int most)
    {
        uint pageSize = (uint)memory.PageSizeBytes;
        int stride = RamFlags.HeaderBytes + memory.PageSizeBytes;
        most = Math.Min(most, next.Length / stride);
        int count = 0;
        while (count < most)
        {
            pageOffset += pageSize;
            ulong header = RamRecord.ReadHeader(in next[count * stride]);
            if (header != (pageOffset | RamFlags.Page | RamFlags.Continue) || pageOffset >= (ulong)block.UsedLengthBytes)
                break;
            count++;
        }
        return count;
    }

    private RamProgress Control(uint kind, uint flags, long offset) => kind switch
    {
        RamFlags.Eos => RamProgress.EndOfSection,
        RamFlags.MemSize => RamProgress.BlockList,
        _ when mappedRam && (flags & NotInFile) != 0 => UnexpectedRecord(flags, offset),
        RamFlags.MultifdFlush => RamProgress.Flush,
        // RDMA only; other channels accept it as a no-op.
        RamFlags.Hook => RamProgress.Yield,
        _ => Fail(StreamErrorCode.UnknownRamFlags, offset, $"an unknown combination of record flags, 0x{flags:x}"),
    };

    private RamProgress UnexpectedRecord(uint flags, long offset) =>
        Fail(StreamErrorCode.MappedRamRecord, offset, $"a record with flags 0x{flags:x}, which a mapped-ram file cannot have");

    private bool TryReadBlock(ReadOnlySpan<byte> record, long offset, ref int body, out RamProgress progress)
    {
        DecodeStatus status = CountedString.TryRead(record[body..], out ReadOnlySpan<byte> name, out int nameBytes);
        if (status.NeedsMoreData)
        {
            progress = Need(body + status.NeededBytes);
            return false;
        }
        if (_block is null || !name.SequenceEqual(_block.Utf8Name))
        {
            RamBlock? found = memory.Find(name);
            if (found is null)
            {
                string text = CString.Text(name);
                progress = Fail(StreamErrorCode.UnknownBlock, offset, $"a record for the unknown block '{text}'");
                return false;
            }
            _block = found;
            _blockIgnored = found.IsIgnored(ignoreShared);
        }
        body += nameBytes;
        progress = RamProgress.Yield;
        return true;
    }

    private bool TryXbzrle(
        ReadOnlySpan<byte> record, long offset, RamBlock block, long page, ref int body, ref ReceivedCounts received,
        out RamProgress progress)
    {
        DecodeStatus status = XbzrleHeader.TryRead(record[body..], out XbzrleHeader header, out int headerBytes);
        if (!status.IsDone)
        {
            progress = status.NeedsMoreData
                ? Need(body + status.NeededBytes)
                : Fail(StreamErrorCode.XbzrleWrongCompression, offset, $"an XBZRLE page of compression {header.Encoding}, not 1");
            return false;
        }
        int headerEnd = body + headerBytes;
        int length = header.LengthBytes;
        if (length > memory.PageSizeBytes)
        {
            progress = Fail(StreamErrorCode.XbzrleLengthOverflow, offset, $"an XBZRLE delta of {length} bytes, more than a page");
            return false;
        }
        if (record.Length < headerEnd + length)
        {
            progress = Need(headerEnd + length);
            return false;
        }
        if (!memory.TryApplyDelta(block, page, record.Slice(headerEnd, length), out int first))
        {
            progress = Fail(
                StreamErrorCode.XbzrleDecodeError, offset,
                $"an XBZRLE delta of {length} bytes for the page at 0x{page << memory.PageShift:x} that does not decode");
            return false;
        }
        body = headerEnd + length;
        received.UniquePages += first;
        received.XbzrlePages++;
        received.XbzrleBytes += body - RamFlags.HeaderBytes;
        progress = RamProgress.Yield;
        return true;
    }

    private RamProgress BadPage(long offset, ulong pageOffset) =>
        _blockIgnored
            ? Fail(StreamErrorCode.BlockNotMigratable, offset, $"a record for a block that is not migrated")
            : Fail(
                StreamErrorCode.OffsetOutOfRange, offset,
                $"a record for the page at 0x{pageOffset:x}, beyond the block's 0x{_block!.UsedLengthBytes:x} bytes");

    private RamProgress Need(int bytes)
    {
        NeededBytes = bytes;
        return RamProgress.NeedMoreData;
    }

    private RamProgress Fail(StreamErrorCode code, long offset, FormattableString cause)
    {
        Error = new(code, offset, cause) { Section = "ram", Block = BlockName };
        return RamProgress.Failed;
    }
}
