using Qemu.Migration.Wire;
using Simulation.Oracle;
using static Qemu.Migration.Wire.StreamErrorCode;
using Kind = Simulation.Oracle.OracleFaultKind;

namespace Simulation.Scenarios.Checks;

/// <summary>What the destination calls the faults that the oracle names, written down for both by one who knows both.</summary>
internal static class FaultNames
{
    /// <summary>Whether an error speaks of a fault: the kind, the channel and the place.</summary>
    /// <remarks>
    /// A destination places an error at the structure at fault, which begins at or behind the record and holds the field that the
    /// oracle places it at; of bytes that do not come both give the place where they were missed. Both judge a field as soon as the
    /// fields that are read with it are there, so that of several faults, an end among them, both meet the same one.
    /// </remarks>
    public static bool Fits(OracleFault fault, StreamError error)
    {
        bool isItsChannel = fault switch
        {
            { Connection: 0 } => error.Channel == "main",
            { Connection: OracleFault.PreemptConnection } => error.Channel == "preempt",
            { ChannelId: { } id } => error.Channel == $"multifd {id}",

            // A channel that has not been let in may have said its number or not.
            _ => error.Channel?.StartsWith("multifd", StringComparison.Ordinal) == true,
        };
        return CodesOf(fault.Kind).Contains(error.Code) && isItsChannel && error.OffsetBytes <= fault.FieldOffset
            && error.OffsetBytes >= (fault.Kind is Kind.Truncated or Kind.PackageTooShort ? fault.FieldOffset : fault.RecordOffset);
    }

    private static StreamErrorCode[] CodesOf(Kind kind) => kind switch
    {
        // A connection that breaks counts as one that ends.
        Kind.Truncated => [Truncated, ChannelFailed],
        Kind.NotAMigrationStream => [NotAMigrationStream],
        Kind.ObsoleteFileVersion => [ObsoleteVersion],
        Kind.UnsupportedFileVersion => [UnsupportedVersion],
        Kind.ConfigurationMissing => [ConfigurationMissing],
        Kind.MachineNameMismatch => [MachineMismatch],
        Kind.MachineNameTooLong => [MachineNameTooLong],
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
        Kind.RamVersion => [RamVersion],
        Kind.UnknownRamFlags => [UnknownRamFlags],
        Kind.UnexpectedRamFlags => [MappedRamRecord],
        Kind.ContinueWithoutBlock => [ContinueWithoutBlock],
        Kind.UnknownRamBlock => [UnknownBlock],
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
        Kind.CommandLength => [CommandLength],
        Kind.CommandOutOfState => [CommandInWrongState, PostcopyUnsupported],
        Kind.PingWithoutReturnPath => [PingWithoutReturnPath],
        Kind.DiscardMalformed => [DiscardMalformed],
        Kind.DiscardRange => [DiscardRange],
        Kind.PackageTooShort => [Truncated],
        Kind.PackageWithoutRun => [PackageWithoutRun],
        Kind.SectionAfterRun => [SectionWhileRunning],
        Kind.EndOutOfState => [CommandInWrongState],
        Kind.PostcopyUnsupported or Kind.AdviseWithoutPageSizes or Kind.AdvisePageSizes => [PostcopyUnsupported],
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
        Kind.MultifdSyncMissing => [MultifdChannelEnded],
        Kind.MultifdFlushMismatch => [MultifdFlushMismatch],
        Kind.MappedRamVersion => [MappedRamVersion],
        Kind.MappedRamPageSize => [MappedRamPageSize],
        Kind.MappedRamBitmap or Kind.MappedRamPages => [Truncated, ChannelFailed],
        Kind.MappedRamAlignment or Kind.MappedRamBackwards => [MappedRamAlignment],

        // What lies behind a SYNC that main never meets is never read.
        _ => [],
    };
}
