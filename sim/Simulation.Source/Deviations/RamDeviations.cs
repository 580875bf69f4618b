using System.Buffers.Binary;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Savevm;
using static Simulation.Source.Deviations.DeviantMode;
using static Simulation.Source.Deviations.DeviantOutcome;
using static Simulation.Source.Deviations.StructureEditor;

namespace Simulation.Source.Deviations;

/// <summary>Deviations of the <c>ram</c> section's records and of its block list.</summary>
internal static class RamDeviations
{
    public static IEnumerable<DeviantModeInfo> All => [.. Records(), .. BlockLists(), .. Deltas()];

    private static DeviantModeInfo[] Records() =>
    [
        Flagged(RecordFlagsNone, 0),
        Flagged(RecordFlagsFull, 0x001),
        Flagged(RecordFlagsCompress, 0x100),
        Page(RecordCompressEmpty, Rejected, StreamErrorCode.UnknownRamFlags, s => s.AppendRecord(0x100)),
        Flagged(RecordFlagsUnknown, 0x400),
        Flagged(RecordFlagsZeroAndPage, RamFlags.Zero | RamFlags.Page),
        Page(RecordHook, Accepted, StreamErrorCode.None, s => s.AppendRecord(RamFlags.Hook)),
        Page(RecordFlush, Accepted, StreamErrorCode.None, s => s.AppendRecord(RamFlags.MultifdFlush)),
        Page(ContinueWithoutBlock, Rejected, StreamErrorCode.ContinueWithoutBlock, ForgetBlock),
        Page(BlockUnknown, Rejected, StreamErrorCode.UnknownBlock, s => AppendZero(s, s.PageOffset, "vga.vram")),
        Page(OffsetAtEnd, Rejected, StreamErrorCode.OffsetOutOfRange, s => AppendZero(
            s, (ulong)s.Blocks[0].Layout.LengthBytes, s.Blocks[0].Name)),
        Page(OffsetFarAway, Rejected, StreamErrorCode.OffsetOutOfRange, s => s.Append(
            [.. BigEndian(~(ulong)(s.Machine.PageBytes - 1) | RamFlags.Zero | RamFlags.Continue), 0])),
        Page(ZeroFillNotZero, Rejected, StreamErrorCode.ZeroPageNotZero, s => s.AppendRecord(RamFlags.Zero, 0xaa)),
        new(ContinueOnEos, StructureKind.EndOfRecords, Accepted, StreamErrorCode.None,
            s => s.PatchUInt64(0, RamFlags.Eos | RamFlags.Continue)),
        new(AddressOnEos, StructureKind.EndOfRecords, Accepted, StreamErrorCode.None, 
            s => s.PatchUInt64(0, (5 * (ulong)s.Machine.PageBytes) | RamFlags.Eos)),
    ];

    private static DeviantModeInfo[] BlockLists() =>
    [
        List(MemSizeBlockUnknown, Rejected, StreamErrorCode.MemSizeUnknownBlock, s => s.Patch(9, (byte)'?')),
        List(MemSizeLengthMismatch, Rejected, StreamErrorCode.BlockLengthMismatch, s => SetLength(s, (ulong)s.Machine.PageBytes)),
        List(MemSizeTotalTooSmall, Rejected, StreamErrorCode.MemSizeTotalMismatch,
            s => s.PatchUInt64(0, (uint)s.Machine.PageBytes | RamFlags.MemSize)),
        List(MemSizeTotalTooLarge, Rejected, StreamErrorCode.MemSizeUnknownBlock, AddToTotal),
        List(MemSizeTwice, Accepted, StreamErrorCode.None, s => s.Append(s.Bytes.ToArray())),
        List(MemSizeAbsent, Accepted, StreamErrorCode.None, s => s.Replace([])),
        List(MemSizeEmpty, Accepted, StreamErrorCode.None, s => s.Replace(BigEndian((ulong)RamFlags.MemSize))),
    ];

    private static DeviantModeInfo[] Deltas() =>
    [
        Page(XbzrleEncoding2, Rejected, StreamErrorCode.XbzrleWrongCompression, s => s.AppendDelta(2, 0, 1, 1)),
        Page(XbzrleTooLong, Rejected, StreamErrorCode.XbzrleLengthOverflow, s => s.AppendDelta(1, new byte[s.Machine.PageBytes + 1])) with
        {
            Suits = HasRunsAsLongAsAPage,
        },
        Broken(XbzrleOneByte, 5),
        Broken(XbzrleTrailingZeroRun, 0, 1, 1, 4, 1, 2, 9),
        Broken(XbzrleBeyondPage, s => [.. Run(s.Machine.PageBytes - 1), 2, 1, 1]),
        Broken(XbzrleSkipsBeyondPage, s => [.. Run(s.Machine.PageBytes + 1), 1, 1]),
        Broken(XbzrleEmptyRun, 4, 0, 1, 1, 1),
        Broken(XbzrleZeroRunOfZero, 0, 1, 1, 0, 1, 1),
        Broken(XbzrleBeyondPayload, 0, 5, 1, 1),
        Broken(XbzrleThreeByteLength, 0x81, 0x81, 0x01, 1, 1),
        Page(XbzrleWithoutCapability, Accepted, StreamErrorCode.None, s => s.AppendDelta(1, 2, 1, PageByte(s, 2))),
        Page(XbzrleEmpty, Accepted, StreamErrorCode.None, s => s.AppendDelta(1)),
        Page(XbzrleNonCanonical, Accepted, StreamErrorCode.None, s => s.AppendDelta(1, 0x82, 0x00, 1, PageByte(s, 2))),
    ];

    private static DeviantModeInfo Page(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.PageRecord, qemu, code, apply);

    private static DeviantModeInfo List(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.MemSize, qemu, code, list => ApplyUnlessEmpty(list, apply));

    private static DeviantModeInfo Flagged(DeviantMode mode, uint flags) =>
        Page(mode, Rejected, StreamErrorCode.UnknownRamFlags, s => s.PatchUInt64(0, s.PageOffset | flags));

    private static DeviantModeInfo Broken(DeviantMode mode, params byte[] delta) =>
        Page(mode, Rejected, StreamErrorCode.XbzrleDecodeError, s => s.AppendDelta(1, delta));

    private static DeviantModeInfo Broken(DeviantMode mode, Func<StructureEditor, byte[]> delta) =>
        Page(mode, Rejected, StreamErrorCode.XbzrleDecodeError, s => s.AppendDelta(1, delta(s))) with { Suits = HasRunsAsLongAsAPage };

    // A run has 14 bits and a delta 16.
    private static bool HasRunsAsLongAsAPage(StructureEditor page) => page.Machine.PageBytes <= 8192;

    // Its length in two bytes, the lower seven bits first (section 3.1).
    private static byte[] Run(int length) => [(byte)(0x80 | (length & 0x7f)), (byte)(length >> 7)];

    private static void ForgetBlock(StructureEditor page)
    {
        byte[] body = page.Bytes[(RamFlags.HeaderBytes + page.PageNameBytes)..].ToArray();
        page.Replace([.. BigEndian(page.PageOffset | page.PageFlags | RamFlags.Continue), .. body]);
    }

    private static void AppendZero(StructureEditor page, ulong offset, string block) =>
        page.Append([.. BigEndian(offset | RamFlags.Zero), .. String8(block), 0]);

    // What the page has at an offset, so that a delta can write it once more.
    private static byte PageByte(StructureEditor page, int offset) => (page.PageFlags & RamFlags.Page) == 0
        ? (byte)0
        : page.Bytes[RamFlags.HeaderBytes + page.PageNameBytes + offset];

    // A machine without RAM has no record to change.
    private static void ApplyUnlessEmpty(StructureEditor list, Action<StructureEditor> apply)
    {
        if (list.Bytes.Length > RamFlags.HeaderBytes)
            apply(list);
    }

    private static void SetLength(StructureEditor list, ulong more)
    {
        int offset = RamFlags.HeaderBytes + 1 + list.Bytes[RamFlags.HeaderBytes];
        list.PatchUInt64(offset, BinaryPrimitives.ReadUInt64BigEndian(list.Bytes[offset..]) + more);
    }

    private static void AddToTotal(StructureEditor list) =>
        list.PatchUInt64(0, BinaryPrimitives.ReadUInt64BigEndian(list.Bytes) + (1 << 20));
}
