using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>
/// ram_load_postcopy: the records of the <c>ram</c> section while pages may be missing (stream reference, section 2.4):
/// <code>
/// u64 offset|flags  [str8 block]  body          ZERO    u8 fill, 0
///                                               PAGE    one page           nothing else but EOS
/// </code>
/// Decodes as many whole records as the window holds. A page is placed whole and once; a record for a page that is there is dropped and
/// counted (deviation L21).
/// </summary>
internal sealed class PostcopyRamLoader(GuestMemory memory, PageFaults faults, RamBlock? lastBlock)
{
    private RamBlock? _block = lastBlock;

    /// <summary>Bytes the next record takes at least; valid after <see cref="RamProgress.NeedMoreData"/>.</summary>
    public int NeededBytes { get; private set; }

    /// <summary>What is wrong; valid after <see cref="RamProgress.Failed"/>.</summary>
    public StreamError? Error { get; private set; }

    /// <summary>The block of the last record, for messages.</summary>
    public string? BlockName => _block?.Name;

    /// <summary>Decodes records.</summary>
    /// <param name="window">Bytes from the first record on.</param>
    /// <param name="offset">Their absolute offset.</param>
    /// <param name="consumed">Bytes of the records decoded.</param>
    /// <param name="received">Receives what they add to the counters.</param>
    /// <returns>Why it came back.</returns>
    public RamProgress Decode(ReadOnlySpan<byte> window, long offset, out int consumed, ref ReceivedCounts received)
    {
        consumed = 0;
        for (int records = 0; records < Limits.RecordsBetweenYields; records++)
        {
            DecodeStatus status = RamRecord.TryRead(window[consumed..], memory.PageSizeBytes, out RamRecord record, out int body);
            if (status.NeedsMoreData)
                return Need(status.NeededBytes);
            if (record.Kind == RamFlags.Eos)
            {
                consumed += RamFlags.HeaderBytes;
                return RamProgress.EndOfSection;
            }
            if (record.Kind is not (RamFlags.Zero or RamFlags.Page))
                return UnknownFlags(record.Flags, offset + consumed);
            if (!TryFindBlock(record, offset + consumed))
                return RamProgress.Failed;
            RamBlock block = _block!;
            long page = (long)(record.Offset >> memory.PageShift);
            ReadOnlySpan<byte> rest = window[(consumed + body)..];
            int bodyBytes = record.Kind == RamFlags.Zero ? 1 : memory.PageSizeBytes;
            if (rest.Length < bodyBytes)
                return Need(body + bodyBytes);
            if (record.Kind == RamFlags.Page)
            {
                int further = Neighbours(rest[bodyBytes..], record.Offset, block);
                int stride = RamFlags.HeaderBytes + memory.PageSizeBytes;
                received.UniquePages += faults.Place(block, page, further + 1, in rest[0], stride);
                received.NormalPages += further + 1;
                bodyBytes += further * stride;
            }
            else if (rest[0] == 0)
            {
                received.UniquePages += faults.PlaceZero(block, page);
                received.ZeroPages++;
            }
            else
            {
                byte fill = rest[0];
                return Fail(StreamErrorCode.ZeroPageNotZero, offset + consumed, $"a zero page filled with {fill}");
            }
            received.RecordBytes += body + bodyBytes;
            consumed += body + bodyBytes;
        }
        return RamProgress.Yield;
    }

    // Counts the complete records that continue the page run of the one before.
    private int Neighbours(ReadOnlySpan<byte> next, ulong pageOffset, RamBlock block)
    {
        int stride = RamFlags.HeaderBytes + memory.PageSizeBytes;
        int count = 0;
        while (next.Length - (count * stride) >= stride)
        {
            pageOffset += (ulong)memory.PageSizeBytes;
            ulong header = RamRecord.ReadHeader(in next[count * stride]);
            if (header != (pageOffset | RamFlags.Page | RamFlags.Continue) || pageOffset >= (ulong)block.UsedLengthBytes)
                break;
            count++;
        }
        return count;
    }

    private bool TryFindBlock(RamRecord record, long offset)
    {
        if ((record.Flags & RamFlags.Continue) != 0)
        {
            if (_block is null)
            {
                Fail(StreamErrorCode.ContinueWithoutBlock, offset, $"a record continues a block before any was named");
                return false;
            }
        }
        else if (_block is null || !record.BlockName.SequenceEqual(_block.Utf8Name))
        {
            if (memory.Find(record.BlockName) is not { } found)
            {
                string text = CString.Text(record.BlockName);
                Fail(StreamErrorCode.UnknownBlock, offset, $"a record for the unknown block '{text}'");
                return false;
            }
            _block = found;
        }
        if (!_block.Description.Migratable)
        {
            Fail(StreamErrorCode.BlockNotMigratable, offset, $"a record for a block that is not migrated");
            return false;
        }
        ulong pageOffset = record.Offset;
        if (pageOffset < (ulong)_block.UsedLengthBytes)
            return true;
        Fail(
            StreamErrorCode.OffsetOutOfRange, offset,
            $"a record for the page at 0x{pageOffset:x}, beyond the block's 0x{_block.UsedLengthBytes:x} bytes");
        return false;
    }

    private RamProgress UnknownFlags(uint flags, long offset) =>
        Fail(StreamErrorCode.UnknownRamFlags, offset, $"record flags 0x{flags:x}, which postcopy does not have");

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
