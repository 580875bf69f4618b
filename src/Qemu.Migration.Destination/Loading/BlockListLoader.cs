using System.Globalization;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// MEM_SIZE, the block list that opens the <c>ram</c> section (stream reference, section 2.3):
/// <code>
/// u64 total|4  { str8 block  u64 used_length  [u64 guest address, under x-ignore-shared] [mapped-ram header] }* until the lengths sum to total
/// </code>
/// </summary>
internal sealed class BlockListLoader(QemuFileReader reader, GuestMemory memory, bool ignoreShared, MappedRamLoader? mappedRam)
{
    public async ValueTask<StreamError?> LoadAsync()
    {
        // The caller has read the header, which says that this is a block list.
        RamRecord.TryRead(reader.Window, memory.PageSizeBytes, out RamRecord record, out int consumed);
        ulong total = record.Offset;
        ulong remaining = total;
        reader.Advance(consumed);
        while (remaining > 0)
        {
            DecodeStatus status;
            BlockListEntry entry;
            while ((status = BlockListEntry.TryRead(reader.Window, out entry, out consumed)).NeedsMoreData)
            {
                if (!await reader.FillAsync(status.NeededBytes))
                    return TruncatedList(total, remaining);
            }
            if (memory.Find(entry.Name) is not { } block)
                return UnknownBlock(CString.Text(entry.Name), total, remaining);
            ulong length = entry.LengthBytes;
            ulong address = 0;
            if (ignoreShared)
            {
                int addressBytes;
                while ((status = BlockListEntry.TryReadField(reader.Window[consumed..], out address, out addressBytes)).NeedsMoreData)
                {
                    if (!await reader.FillAsync(consumed + status.NeededBytes))
                        return TruncatedList(total, remaining).WithBlock(block.Name);
                }
                consumed += addressBytes;
            }
            if (Accept(block, length, address) is { } error)
                return error;
            if (length > remaining)
            {
                return Fail(
                    StreamErrorCode.MemSizeTotalMismatch, null,
                    $"block lengths that sum to more than the total of 0x{total:x}, by 0x{length - remaining:x} bytes");
            }
            remaining -= length;
            reader.Advance(consumed);
            if (mappedRam is not null && await mappedRam.LoadAsync(block, block.IsIgnored(ignoreShared)) is { } mappedError)
                return mappedError;
        }
        return null;
    }

    private StreamError? Accept(RamBlock block, ulong length, ulong address)
    {
        if (ignoreShared && block.IsIgnored(true) && block.Description.GuestAddress != address)
        {
            return Fail(
                StreamErrorCode.GuestAddressMismatch, block,
                $"the block lies at 0x{block.Description.GuestAddress:x} here and at 0x{address:x} in the stream");
        }
        if (!block.Description.Migratable)
            return Fail(StreamErrorCode.BlockNotMigratable, block, $"the block list names a block that is not migrated");
        // In a mapped-ram file this length decides where pages are, so it must equal the block's length exactly (L15).
        if (mappedRam is not null)
            return length == (ulong)block.UsedLengthBytes ? null : WrongLength(block, length);
        // Lengths are rounded up to pages before they are compared (found by running QEMU).
        ulong rounded = unchecked(length + (ulong)memory.PageSizeBytes - 1) & ~(ulong)(memory.PageSizeBytes - 1);
        if (rounded == (ulong)block.UsedLengthBytes && rounded >= length)
            return null;
        bool resizable = block.MaxLengthBytes > block.Description.LengthBytes;
        if (!resizable || rounded < length || rounded > (ulong)block.MaxLengthBytes)
            return WrongLength(block, length);
        block.UsedLengthBytes = (long)rounded;
        return null;
    }

    // If the lengths sum to less than the total, the loader reads the bytes behind the list as another entry. The message therefore
    // shows the sum and the total.
    private StreamError UnknownBlock(string name, ulong total, ulong remaining) => Fail(
        StreamErrorCode.MemSizeUnknownBlock, null,
        $"the block list names the unknown block '{name}'; {Sum(total, remaining)}");

    private StreamError TruncatedList(ulong total, ulong remaining) =>
        Errors.Truncated(reader, $"the block list; {Sum(total, remaining)}", "ram");

    private static string Sum(ulong total, ulong remaining) =>
        string.Create(CultureInfo.InvariantCulture, $"its lengths so far sum to 0x{total - remaining:x} of the total of 0x{total:x} bytes");

    private StreamError WrongLength(RamBlock block, ulong length) => Fail(
        StreamErrorCode.BlockLengthMismatch, block,
        $"the block has 0x{block.UsedLengthBytes:x} bytes here and 0x{length:x} in the stream");

    private StreamError Fail(StreamErrorCode code, RamBlock? block, FormattableString cause) =>
        new(code, reader.OffsetBytes, cause) { Section = "ram", Block = block?.Name };
}
