using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Savevm;
using static Simulation.Source.Deviations.DeviantMode;
using static Simulation.Source.Deviations.DeviantOutcome;
using static Simulation.Source.Deviations.StructureEditor;

namespace Simulation.Source.Deviations;

/// <summary>Deviations of the frame: header, CONFIGURATION, sections, commands, description.</summary>
internal static class FrameDeviations
{
    // Offset of the name's length in a section header, behind type and id; instance and version follow the name.
    private const int NameOffset = 5;

    public static IEnumerable<DeviantModeInfo> All =>
        [.. Header(), .. Configuration(), .. Sections(), .. Bindings(), .. Commands(), .. Endings()];

    private static DeviantModeInfo[] Header() =>
    [
        new(MagicWrong, StructureKind.FileHeader, Rejected, StreamErrorCode.NotAMigrationStream, s => s.Patch(3, (byte)'N')),
        new(FileVersion2, StructureKind.FileHeader, Rejected, StreamErrorCode.ObsoleteVersion, s => s.PatchUInt32(4, 2)),
        new(FileVersion4, StructureKind.FileHeader, Rejected, StreamErrorCode.UnsupportedVersion, s => s.PatchUInt32(4, 4)),
    ];

    private static DeviantModeInfo[] Configuration() =>
    [
        Configured(ConfigurationMissing, Rejected, StreamErrorCode.ConfigurationMissing, s => s.Replace([])),
        Configured(MachineOther, Rejected, StreamErrorCode.MachineMismatch, s => s.Patch(5, (byte)(s.Bytes[5] ^ 1))),
        Configured(MachineNameLonger, Rejected, StreamErrorCode.MachineMismatch, s => Rename(s, s.Machine.Name + "-x")),
        Configured(MachineNamePrefix, Accepted, StreamErrorCode.MachineMismatch, s => Rename(s, s.Machine.Name[..^1])),
        Configured(MachineNameHuge, Crashes, StreamErrorCode.MachineNameTooLong, s => s.PatchUInt32(1, uint.MaxValue)),
        Configured(PageBits13, Rejected, StreamErrorCode.TargetPageBitsMismatch,
            s => s.AppendSubsection("configuration/target-page-bits", 1, BigEndian(13u))),
        Configured(PageBits12, Accepted, StreamErrorCode.None,
            s => s.AppendSubsection("configuration/target-page-bits", 1, BigEndian(12u))) with { Suits = s => s.Machine.TargetPageBits is null },
        Configured(CapabilityUnknown, Rejected, StreamErrorCode.UnknownCapability, s => Claim(s, "teleport")),
        Configured(CapabilityMismatch, Rejected, StreamErrorCode.CapabilityMismatch, s => Claim(s, "x-ignore-shared")),
        Configured(CapabilityNotCompared, Accepted, StreamErrorCode.None, s => Claim(s, "multifd")),
        Configured(UuidOfAnother, Accepted, StreamErrorCode.None, s => s.AppendSubsection("configuration/uuid", 1, new byte[16])),
        Configured(SubsectionUnknown, Rejected, StreamErrorCode.UnknownSubsection,
            s => s.AppendSubsection("configuration/colour", 1, [])),
        Configured(SubsectionTooNew, Rejected, StreamErrorCode.SubsectionVersionTooNew,
            s => s.AppendSubsection("configuration/capabilities", 2, BigEndian(0u))),
    ];

    private static DeviantModeInfo[] Sections() =>
    [
        Started(SectionTypeUnknown, Rejected, StreamErrorCode.UnknownSectionType, s => s.InsertBefore([0x55])),
        Device(SectionNameEmpty, Rejected, StreamErrorCode.SectionNameMissing, s => s.InsertBefore(s.DeviceSection("", 0))),
        Device(SectionUnknown, Rejected, StreamErrorCode.UnknownSection, s => s.InsertBefore(s.DeviceSection("e1000", 0))),
        Device(SectionInstanceUnknown, Rejected, StreamErrorCode.UnknownSection, s => s.InsertBefore(s.DeviceSection("timer", 7))),
        Device(SectionVersionTooNew, Rejected, StreamErrorCode.SectionVersionTooNew, s => SetVersion(s, 1000)),
        Device(SectionVersionTooOld, Rejected, StreamErrorCode.SectionVersionTooOld, s => SetVersion(s, 0)),
        new(FooterMissing, StructureKind.Footer, Rejected, StreamErrorCode.FooterMismatch, s => s.Replace([])),
        new(FooterOfAnother, StructureKind.Footer, Rejected, StreamErrorCode.FooterMismatch, s => s.PatchUInt32(1, 77)),
        Started(RamVersion3, Rejected, StreamErrorCode.RamVersion, s => SetVersion(s, 3)),
        Started(RamVersion5, Rejected, StreamErrorCode.SectionVersionTooNew, s => SetVersion(s, 5)),
        Device(DeviceSubsectionUnknown, Rejected, StreamErrorCode.UnknownSubsection, AppendUnknownSubsection),
        GlobalState(RunStateUnknown, Rejected, StreamErrorCode.InvalidRunState, s => SetRunState(s, "dreaming"u8)),
        GlobalState(RunStateDebug, Crashes, StreamErrorCode.InvalidRunState, s => SetRunState(s, "debug"u8)),
        GlobalState(RunStateRestoreVm, Crashes, StreamErrorCode.InvalidRunState, s => SetRunState(s, "restore-vm"u8)),
        GlobalState(RunStateSaveVm, Crashes, StreamErrorCode.InvalidRunState, s => SetRunState(s, "save-vm"u8)),
        GlobalState(RunStateInMigrate, Accepted, StreamErrorCode.None, s => SetRunState(s, "inmigrate"u8)),
        GlobalState(RunStateWasSuspended, Accepted, StreamErrorCode.None,
            s => s.Patch(NameOffset + 1 + s.Bytes[NameOffset] + 8 + 37, 1)),
    ];

    private static DeviantModeInfo[] Bindings() =>
    [
        Continued(PartOfUnknownId, Rejected, StreamErrorCode.UnknownSectionId,
            s => s.InsertBefore(s.EmptySection(SectionType.Part, 77))),
        Continued(EmptyPart, Accepted, StreamErrorCode.None,
            s => s.InsertBefore(s.EmptySection(SectionType.Part, s.Machine.RamSectionId))),
        new(StartTwice, StructureKind.RamStartSection, Accepted, StreamErrorCode.None, StartAs500First),
        Started(RamAsFull, Accepted, StreamErrorCode.None, s => s.Patch(0, (byte)SectionType.Full)),
        Device(DeviceAsStart, Accepted, StreamErrorCode.None, s => s.Patch(0, (byte)SectionType.Start)),
        Device(DeviceTwice, Accepted, StreamErrorCode.None, s => s.Append(s.Bytes.ToArray())),
        Device(EndTwice, Accepted, StreamErrorCode.None,
            s => s.InsertBefore(s.EmptySection(SectionType.End, s.Machine.RamSectionId))),
        Device(PartAfterEnd, Accepted, StreamErrorCode.None,
            s => s.InsertBefore(s.EmptySection(SectionType.Part, s.Machine.RamSectionId))),
    ];

    private static DeviantModeInfo[] Commands() =>
    [
        Configured(CommandInvalid, Rejected, StreamErrorCode.UnknownCommand, s => s.AppendCommand(0)),
        Configured(CommandUnknown, Rejected, StreamErrorCode.UnknownCommand, s => s.AppendCommand(12)),
        Configured(CommandColo, Rejected, StreamErrorCode.UnknownCommand, s => s.AppendCommand(8)),
        Configured(PingLength, Rejected, StreamErrorCode.CommandLength, s => s.AppendCommand(2, 0, 0, 1)),
        Configured(SwitchoverLength, Rejected, StreamErrorCode.CommandLength, s => s.AppendCommand(11, 0)),
        Configured(PingWithoutReturnPath, Rejected, StreamErrorCode.PingWithoutReturnPath, s => s.AppendCommand(2, 0, 0, 0, 7)),
        Configured(AdviseTwice, Rejected, StreamErrorCode.CommandInWrongState, s => Twice(s, 3)),
        Configured(ReturnPathTwice, Accepted, StreamErrorCode.None, s => Twice(s, 1)),
        Configured(SwitchoverTwice, Accepted, StreamErrorCode.None, s => Twice(s, 11)),
        Configured(ResumeOutsideRecovery, Accepted, StreamErrorCode.None, s => s.AppendCommand(9)),
    ];

    private static DeviantModeInfo[] Endings() =>
    [
        Described(GarbageAfterEnd, s => s.Append([9, 9, 9])),
        Described(VmDescriptionMissing, s => s.Replace([])),
        Described(VmDescriptionOtherByte, s => s.Patch(0, 1)),
        Described(VmDescriptionTruncated, s => s.Replace(s.Bytes[..^100].ToArray())),
        Described(VmDescriptionAbsurd, s => s.PatchUInt32(1, uint.MaxValue)),
    ];

    private static DeviantModeInfo Configured(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.Configuration, qemu, code, apply);

    private static DeviantModeInfo Started(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.SectionStart, qemu, code, apply);

    private static DeviantModeInfo Continued(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.SectionContinuation, qemu, code, apply);

    private static DeviantModeInfo Device(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        new(mode, StructureKind.DeviceSection, qemu, code, apply);

    private static DeviantModeInfo GlobalState(
        DeviantMode mode, DeviantOutcome qemu, StreamErrorCode code, Action<StructureEditor> apply) =>
        Device(mode, qemu, code, apply) with { Suits = s => s.Bytes[(NameOffset + 1)..].StartsWith("globalstate"u8) };

    private static DeviantModeInfo Described(DeviantMode mode, Action<StructureEditor> apply) =>
        new(mode, StructureKind.VmDescription, Accepted, StreamErrorCode.None, apply);

    private static void Rename(StructureEditor configuration, string name)
    {
        int tail = NameOffset + configuration.Machine.Name.Length;
        configuration.Replace([.. configuration.Bytes[..1], .. BigEndian((uint)name.Length),
            .. String8(name).AsSpan(1), .. configuration.Bytes[tail..]]);
    }

    private static void Claim(StructureEditor configuration, string capability) => configuration.AppendSubsection(
        "configuration/capabilities", 1, [.. BigEndian(1u), .. String8(capability)]);

    private static void SetVersion(StructureEditor section, uint version) =>
        section.PatchUInt32(NameOffset + 1 + section.Bytes[NameOffset] + 4, version);

    // Subsections stand before the footer and bear the name of their parent.
    private static void AppendUnknownSubsection(StructureEditor device)
    {
        int end = device.Bytes.Length - (device.Machine.SendSectionFooter ? 5 : 0);
        string parent = Encoding.ASCII.GetString(device.Bytes.Slice(NameOffset + 1, device.Bytes[NameOffset]));
        device.Replace([.. device.Bytes[..end], 5, .. String8(parent + "/colour"), .. BigEndian(1u), .. device.Bytes[end..]]);
    }

    private static void SetRunState(StructureEditor globalState, ReadOnlySpan<byte> name)
    {
        int content = NameOffset + 1 + globalState.Bytes[NameOffset] + 8;
        byte[] field = new byte[32];
        name.CopyTo(field);
        globalState.Replace([.. globalState.Bytes[..content], .. BigEndian((uint)name.Length + 1), .. field,
            .. globalState.Bytes[(content + 36)..]]);
    }

    private static void StartAs500First(StructureEditor start)
    {
        byte[] copy = start.Bytes.ToArray();
        BigEndian(500u).CopyTo(copy, 1);
        if (start.Machine.SendSectionFooter)
            BigEndian(500u).CopyTo(copy, copy.Length - 4);
        start.InsertBefore(copy);
    }

    private static void Twice(StructureEditor configuration, int command)
    {
        configuration.AppendCommand(command);
        configuration.AppendCommand(command);
    }
}
