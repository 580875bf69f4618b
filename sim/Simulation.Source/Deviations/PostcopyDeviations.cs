using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Savevm;
using static Simulation.Source.Deviations.DeviantMode;
using static Simulation.Source.Deviations.DeviantOutcome;
using static Simulation.Source.Deviations.StructureEditor;

namespace Simulation.Source.Deviations;

/// <summary>Deviations of postcopy: its commands, the package, and what is sent while the guest runs at the destination.</summary>
internal static class PostcopyDeviations
{
    // Offset of a command's payload, behind type, command and length.
    private const int PayloadOffset = 5;

    public static IEnumerable<DeviantModeInfo> All =>
    [
        Command(AdviseMissing, CommandType.PostcopyAdvise, Rejected, StreamErrorCode.CommandInWrongState, s => s.Replace([])),
        Command(AdvisePageSizes, CommandType.PostcopyAdvise, Rejected, StreamErrorCode.PostcopyUnsupported,
            s => s.PatchUInt64(PayloadOffset, 2 * (uint)s.Machine.PageBytes)),
        Command(DiscardTwice, CommandType.PostcopyRamDiscard, Accepted, StreamErrorCode.None, s => s.Append(s.Bytes.ToArray())),
        Command(DiscardBeyondBlock, CommandType.PostcopyRamDiscard, Crashes, StreamErrorCode.DiscardRange,
            s => s.PatchUInt64(RangeOffset(s), 1UL << 40)),
        Command(DiscardUnaligned, CommandType.PostcopyRamDiscard, Rejected, StreamErrorCode.DiscardRange,
            s => s.PatchUInt64(RangeOffset(s), BinaryPrimitives.ReadUInt64BigEndian(s.Bytes[RangeOffset(s)..]) | 0x800)),
        Command(DiscardVersion, CommandType.PostcopyRamDiscard, Rejected, StreamErrorCode.DiscardMalformed, s => s.Patch(PayloadOffset, 1)),
        Command(DiscardAfterListen, CommandType.PostcopyListen, FailsHangsOrCrashes, StreamErrorCode.CommandInWrongState, AppendDiscard),
        Command(ListenMissing, CommandType.PostcopyListen, Rejected, StreamErrorCode.CommandInWrongState, s => s.Replace([])),
        Command(PackageWithoutRun, CommandType.PostcopyRun, FailsHangsOrCrashes, StreamErrorCode.PackageWithoutRun, s => s.Replace([])),
        new(PackageShort, StructureKind.Package, EndsAnyHow, null,
            s => s.PatchUInt32(PayloadOffset, BinaryPrimitives.ReadUInt32BigEndian(s.Bytes[PayloadOffset..]) - 1)),
        new(DeviceAfterRun, StructureKind.EndOfStream, Accepted, StreamErrorCode.SectionWhileRunning, s => s.InsertBefore(Timer(s)))
        {
            IsAfterRun = true,
            Suits = s => s.IsInPostcopy,
        },
        Page(PostcopyPageTwice, Pauses, StreamErrorCode.None, s => s.AppendRecord(s.PageFlags & ~RamFlags.Continue, Body(s))),
        Page(PostcopyPageBeyondBlock, Pauses, StreamErrorCode.OffsetOutOfRange, s => s.Append(
            [.. BigEndian((ulong)s.Blocks[0].Layout.LengthBytes | RamFlags.Zero), .. String8(s.Blocks[0].Name), 0])),
        Page(PostcopyDelta, Pauses, StreamErrorCode.UnknownRamFlags, s => s.AppendDelta(1, 0, 1, 1)),
        Command(DiscardOverrunsBlock, CommandType.PostcopyRamDiscard, Crashes, StreamErrorCode.DiscardRange,
            s => s.PatchUInt64(RangeOffset(s) + sizeof(ulong), 1UL << 40)),
        Command(PackageGoesOn, CommandType.PostcopyRun, Accepted, StreamErrorCode.None, s => s.Append(
            [(byte)SectionType.Command, 0, (byte)CommandType.Ping, 0, sizeof(uint), 0, 0, 0, 7])),
        Again(PostcopyPageAgain, RamFlags.Page, s => [.. Enumerable.Repeat((byte)0x5a, s.Machine.PageBytes)]),
        Again(PostcopyZeroPageAgain, RamFlags.Zero, _ => [0]),
    ];

    private static DeviantModeInfo Command(
        DeviantMode mode, CommandType command, DeviantOutcome qemu, StreamErrorCode? code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.Command, qemu, code, apply)
        {
            Suits = s => s.Blocks.Count > 0 && BinaryPrimitives.ReadUInt16BigEndian(s.Bytes[1..]) == (ushort)command,
        };

    private static DeviantModeInfo Page(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.PostcopyPageRecord, qemu, code, apply) { IsAfterRun = true };

    // A section of its own before the end: the page of the first block at offset 0.
    private static DeviantModeInfo Again(DeviantMode mode, uint flags, Func<StructureEditor, byte[]> body) =>
        new(mode, StructureKind.EndOfStream, Pauses, StreamErrorCode.None, s => s.InsertBefore(
            s.RamSection(SectionType.Part, s.Machine.RamSectionId, [.. BigEndian((ulong)flags), .. String8(s.Blocks[0].Name), .. body(s)])))
        {
            IsAfterRun = true,
            Suits = s => s.IsInPostcopy && s.Blocks.Count > 0 && s.Blocks[0].PageCount > 0,
        };

    // The first range stands behind version, name and a 0.
    private static int RangeOffset(StructureEditor discard) => PayloadOffset + 3 + discard.Bytes[PayloadOffset + 1];

    private static byte[] Body(StructureEditor page) => page.Bytes[(RamFlags.HeaderBytes + page.PageNameBytes)..].ToArray();

    private static void AppendDiscard(StructureEditor listen)
    {
        byte[] payload = new byte[3 + Limits.NameBytes + RamDiscard.RangeBytes];
        int count = RamDiscard.Write(payload, Encoding.ASCII.GetBytes(listen.Blocks[0].Name), [(0, (ulong)listen.Machine.PageBytes)]);
        listen.Append([(byte)SectionType.Command, 0, (byte)CommandType.PostcopyRamDiscard,
            (byte)(count >> 8), unchecked((byte)count), .. payload.AsSpan(0, count)]);
    }

    // The state of the timer, as it stood in the package.
    private static byte[] Timer(StructureEditor end)
    {
        DeviceState timer = end.Machine.Devices[0];
        using StreamBuffer buffer = new();
        new SavevmWriter(buffer, end.Machine).WriteDevice(timer);
        return buffer.Written.ToArray();
    }
}
