using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Multifd;
using Simulation.Source.Savevm;
using static Simulation.Source.Deviations.DeviantMode;
using static Simulation.Source.Deviations.DeviantOutcome;

namespace Simulation.Source.Deviations;

/// <summary>
/// Deviations of multifd channels and of mapped-ram headers. A real destination that meets a faulty packet may wait for
/// its SYNC for ever (stream reference, fault L1).
/// </summary>
internal static class ChannelDeviations
{
    // Offsets of section 4.3. The second packet of a channel, after the SYNC of setup, is the first that may carry pages.
    private const int FlagsOffset = 8;
    private const int AllocatedOffset = 12;
    private const int NormalOffset = 16;
    private const int NumberOffset = 24;
    private const int ZeroOffset = 32;
    private const int NameOffset = 64;
    private const int PagesOffset = 320;

    // Bytes of a packet that a destination reads before it checks them.
    private const int GarbageBytes = 12;

    public static IEnumerable<DeviantModeInfo> All => [.. Initial(), .. Packets(), .. Mapped()];

    private static DeviantModeInfo[] Initial() =>
    [
        new(MultifdInitialMagic, StructureKind.MultifdInitial, Rejected, null, s => s.PatchUInt32(0, 0x11223345)),
        new(MultifdInitialVersion, StructureKind.MultifdInitial, Rejected, null, s => s.PatchUInt32(4, 2)),
        new(MultifdInitialUuid, StructureKind.MultifdInitial, Rejected, null, s => s.Patch(8, 1)),
        new(MultifdInitialId, StructureKind.MultifdInitial, Rejected, null, s => s.Patch(24, 250)),
        new(MultifdInitialIdTwo, StructureKind.MultifdInitial, Crashes, null, s => s.Patch(24, 2)),
        new(MultifdInitialIdTaken, StructureKind.MultifdInitial, Rejected, null, s => s.Patch(24, (byte)(s.Bytes[24] ^ 1))),
    ];

    private static DeviantModeInfo[] Packets() =>
    [
        Broken(MultifdPacketMagic, s => s.PatchUInt32(0, 0x11223345)),
        Broken(MultifdPacketVersion, s => s.PatchUInt32(4, 2)),
        Broken(MultifdPagesAllocated, s => s.PatchUInt32(AllocatedOffset, MorePages(s))),
        Broken(MultifdNormalPages, s => s.PatchUInt32(NormalOffset, MorePages(s))),
        Broken(MultifdZeroPages, s => s.PatchUInt32(ZeroOffset, MorePages(s))),
        OfPages(MultifdBlockUnknown, s => s.Patch(NameOffset, (byte)'?')),
        OfPages(MultifdOffset, s => s.PatchUInt64(PagesOffset, 1UL << 40)),
        OfPages(MultifdCompressionFlag, s => s.PatchUInt32(FlagsOffset, Flags(s) ^ (MultifdFlags.Zlib | MultifdFlags.Zstd))),
        OfPages(MultifdOffsetAtEnd, s => s.PatchUInt64(PagesOffset, EndOfBlock(s))),
        new(MultifdOffsetUnaligned, StructureKind.MultifdPacket, Accepted, null, UnalignZeroPage) { Suits = s => Zeros(s) > 0 },
        new(MultifdGarbageAtEnd, StructureKind.MultifdEnd, Races, null, s => s.Append(new byte[GarbageBytes])),
        Odd(MultifdFlagUnknown, s => s.PatchUInt32(FlagsOffset, Flags(s) | 0x80)),
        Odd(MultifdPacketNumber, s => s.PatchUInt64(NumberOffset, 1_000_000)),
    ];

    private static DeviantModeInfo[] Mapped() =>
    [
        new(MappedRamVersion2, StructureKind.MappedRamHeader, Rejected, null, s => s.PatchUInt32(0, 2)),
        new(MappedRamVersion0, StructureKind.MappedRamHeader, Accepted, StreamErrorCode.None, s => s.PatchUInt32(0, 0)),
        new(MappedRamPagesUnaligned, StructureKind.MappedRamHeader, Rejected, null,
            s => s.PatchUInt64(20, BinaryPrimitives.ReadUInt64BigEndian(s.Bytes[20..]) + 1)),
        new(MappedRamBitmapBeyondFile, StructureKind.MappedRamHeader, Rejected, null, s => s.PatchUInt64(12, 1UL << 40)),
        new(MappedRamPageSizeZero, StructureKind.MappedRamHeader, Crashes, null, s => s.PatchUInt64(4, 0)),
    ];

    private static uint MorePages(StructureEditor packet) => (uint)MultifdFlags.PagesPerPacket(packet.Machine.PageBytes) + 1;

    private static uint Normals(StructureEditor packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.Bytes[NormalOffset..]);

    private static uint Zeros(StructureEditor packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.Bytes[ZeroOffset..]);

    private static uint Flags(StructureEditor packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.Bytes[FlagsOffset..]);

    private static ulong EndOfBlock(StructureEditor packet)
    {
        ReadOnlySpan<byte> name = packet.Bytes.Slice(NameOffset, 256);
        string block = Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
        return (ulong)(packet.Blocks.FirstOrDefault(candidate => candidate.Name == block)?.Layout.LengthBytes ?? 0);
    }

    private static void UnalignZeroPage(StructureEditor packet)
    {
        int place = PagesOffset + (sizeof(ulong) * (int)Normals(packet));
        packet.PatchUInt64(place, BinaryPrimitives.ReadUInt64BigEndian(packet.Bytes[place..]) | 0x800);
    }

    // A destination ignores block, offsets and method of a packet without pages.
    private static DeviantModeInfo OfPages(DeviantMode mode, Action<StructureEditor> apply) =>
        Broken(mode, apply) with { Occurrence = 0, Suits = s => Normals(s) + Zeros(s) > 0 };

    private static DeviantModeInfo Broken(DeviantMode mode, Action<StructureEditor> apply) =>
        new(mode, StructureKind.MultifdPacket, FailsOrHangs, null, apply) { Occurrence = 1 };

    private static DeviantModeInfo Odd(DeviantMode mode, Action<StructureEditor> apply) =>
        new(mode, StructureKind.MultifdPacket, Accepted, StreamErrorCode.None, apply) { Occurrence = 1 };
}
