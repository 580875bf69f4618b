using Qemu.Migration.Wire;
using Simulation.Oracle;
using static Qemu.Migration.Wire.StreamErrorCode;
using Kind = Simulation.Oracle.OracleFaultKind;

namespace Simulation.Scenarios.Checks;

/// <summary>What the destination calls the faults that the oracle names, written down for both by one who knows both.</summary>
internal static class FaultNames
{
    /// <summary>Whether an error speaks of a fault: the kind, the channel and the place.</summary>
    public static bool Fits(OracleFault fault, StreamError error)
    {
        if (!CodesOf(fault.Kind).Contains(error.Code))
            return false;
        bool isMain = error.Channel == "main";

        // What lies elsewhere in the file is missed where the header says that it is there.
        if (fault.Kind is Kind.MappedRamBitmap or Kind.MappedRamPages)
            return isMain && Math.Abs(error.OffsetBytes - fault.FieldOffset) <= MappedRamHeader.SizeBytes;

        // Main says at which record it missed a channel; the oracle says where the channel ended.
        if (error.Code == MultifdChannelEnded)
            return true;
        if (isMain != (fault.Connection == 0))
            return false;
        return error.OffsetBytes >= fault.RecordOffset || !isMain;
    }

    private static StreamErrorCode[] CodesOf(Kind kind) => kind switch
    {
        // A subsection cut off in its header is none: CONFIGURATION then lacks it, or its first byte is taken for a section or footer.
        // A header cut off in its wrong magic is no header; a packet of device state is refused when its flags are there.
        Kind.Truncated =>
            [
                Truncated, ChannelFailed, CapabilityMismatch, MachineMismatch, TargetPageBitsMismatch, UnknownSectionType, FooterMismatch, NotAMigrationStream,
                MultifdDeviceState, UnknownCapability,
            ],
        Kind.NotAMigrationStream => [NotAMigrationStream],
        Kind.ObsoleteFileVersion => [ObsoleteVersion],
        Kind.UnsupportedFileVersion => [UnsupportedVersion],
        Kind.ConfigurationMissing => [ConfigurationMissing],
        Kind.MachineNameMismatch => [MachineMismatch, MachineNameTooLong],
        Kind.TargetPageBitsMismatch => [TargetPageBitsMismatch],
        Kind.UnknownCapability => [UnknownCapability],
        Kind.CapabilityMismatch => [CapabilityMismatch],
        Kind.UuidMismatch => [UuidMismatch],
        Kind.UnknownSectionType => [UnknownSectionType],
        Kind.EmptySectionName => [SectionNameMissing],
        Kind.UnknownSection => [UnknownSection],
        Kind.SectionVersionTooNew => [SectionVersionTooNew],
        Kind.UnknownSectionId => [UnknownSectionId],
        Kind.FooterMissing or Kind.FooterIdMismatch => [FooterMismatch],
        Kind.VMStateVersionTooOld => [SectionVersionTooOld],
        Kind.SubsectionVersionTooNew => [SubsectionVersionTooNew],
        Kind.UnknownSubsection => [UnknownSubsection],
        Kind.UnknownRunState => [InvalidRunState],
        Kind.DirtyBitmapUnsupported => [SectionUnsupported],
        Kind.RamVersion => [RamVersion, SectionVersionTooNew],
        Kind.UnknownRamFlags => [UnknownRamFlags],
        Kind.UnexpectedRamFlags => [MappedRamRecord, UnknownRamFlags],
        Kind.ContinueWithoutBlock => [ContinueWithoutBlock],
        Kind.UnknownRamBlock => [UnknownBlock, CommandLength],
        Kind.IgnoredRamBlock => [BlockNotMigratable],
        Kind.IllegalRamOffset => [OffsetOutOfRange],
        Kind.NonZeroFill => [ZeroPageNotZero],
        Kind.MemSizeBlockNotMigratable => [BlockNotMigratable],
        Kind.MemSizeUnknownBlock => [MemSizeUnknownBlock],
        Kind.MemSizeTotalMismatch => [MemSizeTotalMismatch],
        Kind.MemSizeAddressMismatch => [GuestAddressMismatch],
        Kind.MemSizeLengthMismatch or Kind.MemSizePageSizeMismatch => [BlockLengthMismatch],
        Kind.XbzrleEncoding => [XbzrleWrongCompression],
        Kind.XbzrleLength => [XbzrleLengthOverflow],
        Kind.XbzrleDecode => [XbzrleDecodeError],
        Kind.UnknownCommand or Kind.ColoUnsupported => [UnknownCommand],

        // A command's length may be right for nobody and its state wrong, or its bytes missing (as in QEMU).
        Kind.CommandLength => [CommandLength, CommandInWrongState, Truncated],
        Kind.CommandOutOfState => [CommandInWrongState, PostcopyUnsupported],
        Kind.PingWithoutReturnPath => [PingWithoutReturnPath],
        Kind.PostcopyUnsupported => [PostcopyUnsupported, CommandInWrongState],
        Kind.MultifdInitialMagic or Kind.MultifdPacketMagic => [MultifdMagic],
        Kind.MultifdInitialVersion or Kind.MultifdPacketVersion => [MultifdVersion],
        Kind.MultifdInitialUuid => [MultifdUuid],
        Kind.MultifdChannelId => [MultifdChannelId],
        Kind.MultifdChannelIdDuplicate => [MultifdChannelDuplicate],
        Kind.MultifdPagesAllocated or Kind.MultifdNormalPages or Kind.MultifdZeroPages => [MultifdPageCount],
        Kind.MultifdUnknownBlock => [UnknownBlock],
        Kind.MultifdIgnoredBlock => [BlockNotMigratable],
        Kind.MultifdOffsetTooLong => [OffsetOutOfRange],
        Kind.MultifdOffsetUnaligned => [MultifdOffsetUnaligned],
        Kind.MultifdCompressionMismatch => [MultifdCompression],
        Kind.MultifdPayloadTooLarge or Kind.MultifdPayloadUnexpected => [MultifdPayloadSize],
        Kind.MultifdDecompress or Kind.MultifdDecompressTooShort => [MultifdDecompression],
        Kind.DeviceStateEmpty or Kind.DeviceStateSync or Kind.DeviceStateUnterminatedName or Kind.DeviceStateUnknownSection
            or Kind.DeviceStateUnsupported => [MultifdDeviceState],
        Kind.MultifdSyncMissing or Kind.MultifdPagesAfterLastSync => [MultifdChannelEnded],
        Kind.MultifdFlushMismatch => [MultifdFlushMismatch],
        Kind.MappedRamVersion => [MappedRamVersion],
        Kind.MappedRamPageSize => [MappedRamPageSize],
        Kind.MappedRamBitmap or Kind.MappedRamPages => [Truncated, ChannelFailed, OffsetOutOfRange, MappedRamAlignment],
        Kind.MappedRamAlignment or Kind.MappedRamBackwards => [MappedRamAlignment],
        _ => [],
    };
}
