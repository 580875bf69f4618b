namespace Simulation.Oracle;

/// <summary>Why and where a migration must fail.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Connection">0 for main, 1 + k for the k-th multifd connection accepted, <see cref="PreemptConnection"/>.</param>
/// <param name="RecordOffset">Offset in that connection of the section, command, RAM record or packet at fault.</param>
/// <param name="FieldOffset">Offset in that connection of the field at fault, at or after <paramref
/// name="RecordOffset"/>; where the end comes too early, that of the end.</param>
/// <param name="Detail">What was read, for a reader of reports.</param>
public sealed record OracleFault(
    OracleFaultKind Kind, int Connection, long RecordOffset, long FieldOffset, string Detail)
{
    /// <summary>The connection that carries urgent pages in postcopy.</summary>
    public const int PreemptConnection = -1;

    /// <summary>0 for the first connections of a migration, k for those of its k-th recovery.</summary>
    public int Leg { get; init; }

    /// <summary>The id by which a multifd connection has introduced itself; null for main, and before that.</summary>
    public int? ChannelId { get; init; }

    /// <summary>One clause: what is wrong, where, on which connection.</summary>
    public override string ToString()
    {
        string connection = Connection switch
        {
            0 => "main",
            PreemptConnection => "preempt",
            _ => ChannelId is { } id ? $"multifd {id}" : $"connection {Connection}",
        };
        string record = FieldOffset == RecordOffset ? "" : $", in what begins at {RecordOffset}";
        string leg = Leg == 0 ? "" : $" of recovery {Leg}";
        return $"{Kind} ({Detail}) at offset {FieldOffset} of {connection}{leg}{record}";
    }
}

/// <summary>Everything that makes a destination fail, named by what is wrong with the peer's bytes.</summary>
public enum OracleFaultKind
{
    /// <summary>End of file before the stream was whole (section 1.2).</summary>
    Truncated,

    /// <summary>The first word is not "QEVM" (section 1.1).</summary>
    NotAMigrationStream,

    /// <summary>File version 2 (section 1.1).</summary>
    ObsoleteFileVersion,

    /// <summary>File version neither 2 nor 3 (section 1.1).</summary>
    UnsupportedFileVersion,

    /// <summary>No CONFIGURATION where the machine demands one (section 1.4).</summary>
    ConfigurationMissing,

    /// <summary>The machine names differ; a mere prefix differs too (section 1.4, L13).</summary>
    MachineNameMismatch,

    /// <summary>A machine name longer than any (section 1.4).</summary>
    MachineNameTooLong,

    /// <summary>The source's page size differs (section 1.4).</summary>
    TargetPageBitsMismatch,

    /// <summary>A capability name that nobody knows (section 1.4).</summary>
    UnknownCapability,

    /// <summary>A validatable capability is on at one side only (section 1.4).</summary>
    CapabilityMismatch,

    /// <summary>The UUIDs differ (section 1.4).</summary>
    UuidMismatch,

    /// <summary>A byte that opens no section (section 1.3).</summary>
    UnknownSectionType,

    /// <summary>A section without a name (section 1.3).</summary>
    EmptySectionName,

    /// <summary>START or FULL for a name and instance that the machine does not have (section 1.3).</summary>
    UnknownSection,

    /// <summary>START or FULL of a version newer than the machine's (section 1.3).</summary>
    SectionVersionTooNew,

    /// <summary>PART or END with an id that no section was started with (section 1.3).</summary>
    UnknownSectionId,

    /// <summary>The byte after a section's data is no footer (section 1.3).</summary>
    FooterMissing,

    /// <summary>The footer names another section id (section 1.3).</summary>
    FooterIdMismatch,

    /// <summary>A vmstate of a version older than understood (sections 1.3 and 1.7).</summary>
    VMStateVersionTooOld,

    /// <summary>A subsection of a version newer than understood (section 1.7).</summary>
    SubsectionVersionTooNew,

    /// <summary>A subsection whose name has the right prefix but is unknown (section 1.7).</summary>
    UnknownSubsection,

    /// <summary><c>globalstate</c> names a run state that does not exist (section 1.6).</summary>
    UnknownRunState,

    /// <summary>A <c>dirty-bitmap</c> section that is not empty.</summary>
    DirtyBitmapUnsupported,

    /// <summary>A <c>ram</c> section of a version other than 4 (section 2).</summary>
    RamVersion,

    /// <summary>A RAM record whose flags are not exactly one known value (section 2.1).</summary>
    UnknownRamFlags,

    /// <summary>A page, hook or flush record in a mapped-ram file (section 2.2).</summary>
    UnexpectedRamFlags,

    /// <summary>CONTINUE before any block was named (section 2.2).</summary>
    ContinueWithoutBlock,

    /// <summary>
    /// A page record or RECV_BITMAP for a block that the machine does not have (sections 2.2 and 6.1).
    /// </summary>
    UnknownRamBlock,

    /// <summary>A page record for a block that must not travel (section 2.2).</summary>
    IgnoredRamBlock,

    /// <summary>A page at or beyond the block's used length (section 2.2).</summary>
    IllegalRamOffset,

    /// <summary>A ZERO record with a fill that is not 0 (section 2.2).</summary>
    NonZeroFill,

    /// <summary>The block list names a block that the machine does not have (section 2.3).</summary>
    MemSizeUnknownBlock,

    /// <summary>The blocks of the list are longer than the total.</summary>
    MemSizeTotalMismatch,

    /// <summary>The block list names a block that never travels (section 2.3).</summary>
    MemSizeBlockNotMigratable,

    /// <summary>The guest physical addresses of an ignored block differ (section 2.3).</summary>
    MemSizeAddressMismatch,

    /// <summary>The length differs and the block cannot be resized to it (section 2.3; for mapped-ram L15).</summary>
    MemSizeLengthMismatch,

    /// <summary>The backing page sizes of a block differ (section 2.3).</summary>
    MemSizePageSizeMismatch,

    /// <summary>An XBZRLE record with an encoding other than 1 (section 3.1).</summary>
    XbzrleEncoding,

    /// <summary>An XBZRLE record longer than a page (section 3.1).</summary>
    XbzrleLength,

    /// <summary>XBZRLE data that breaks the grammar (section 3.1).</summary>
    XbzrleDecode,

    /// <summary>A command number that does not exist (section 6.1).</summary>
    UnknownCommand,

    /// <summary>A command with a length other than its own (section 6.1).</summary>
    CommandLength,

    /// <summary>A command that the postcopy state does not allow (section 6.3).</summary>
    CommandOutOfState,

    /// <summary>PING before the return path was opened (section 6.1).</summary>
    PingWithoutReturnPath,

    /// <summary>ENABLE_COLO (section 6.1).</summary>
    ColoUnsupported,

    /// <summary>A postcopy command at a destination that does not do postcopy (section 6.1).</summary>
    PostcopyUnsupported,

    /// <summary>POSTCOPY_ADVISE without page sizes at a destination that does postcopy of RAM (section 6.3).</summary>
    AdviseWithoutPageSizes,

    /// <summary>POSTCOPY_ADVISE with the page sizes of another machine (section 6.3).</summary>
    AdvisePageSizes,

    /// <summary>POSTCOPY_RAM_DISCARD of another version, without a zero byte behind the name, or with part of a range (section 6.3).</summary>
    DiscardMalformed,

    /// <summary>A range that does not consist of pages of the block (section 6.3, L4).</summary>
    DiscardRange,

    /// <summary>A section or command that runs on behind the end of its package (section 6.1).</summary>
    PackageTooShort,

    /// <summary>A package that ends otherwise than by POSTCOPY_RUN (section 6.1, L19).</summary>
    PackageWithoutRun,

    /// <summary>A section of a device after its guest has begun to run (section 9.1, L20).</summary>
    SectionAfterRun,

    /// <summary>A page of another host page before the last one was whole (section 2.4).</summary>
    HostPageIncomplete,

    /// <summary>EOF where postcopy has begun and the guest does not run yet, or is being recovered (section 6.3).</summary>
    EndOutOfState,

    /// <summary>A multifd initial packet with a wrong magic (section 4.2).</summary>
    MultifdInitialMagic,

    /// <summary>A multifd initial packet with a wrong version (section 4.2).</summary>
    MultifdInitialVersion,

    /// <summary>A multifd initial packet with another UUID (section 4.2).</summary>
    MultifdInitialUuid,

    /// <summary>A multifd channel id at or beyond the number of channels (section 4.2).</summary>
    MultifdChannelId,

    /// <summary>A multifd channel id that another connection has (section 4.2).</summary>
    MultifdChannelIdDuplicate,

    /// <summary>A multifd packet with a wrong magic (section 4.5).</summary>
    MultifdPacketMagic,

    /// <summary>A multifd packet with a wrong version (section 4.5).</summary>
    MultifdPacketVersion,

    /// <summary>A multifd packet that claims room for more pages than a packet has (section 4.5).</summary>
    MultifdPagesAllocated,

    /// <summary>More normal pages than the packet has room for (section 4.5).</summary>
    MultifdNormalPages,

    /// <summary>More zero pages than the packet has room for (section 4.5).</summary>
    MultifdZeroPages,

    /// <summary>A multifd packet for a block that the machine does not have (section 4.5).</summary>
    MultifdUnknownBlock,

    /// <summary>A multifd packet for a block that must not travel (section 4.5).</summary>
    MultifdIgnoredBlock,

    /// <summary>A page that does not lie in the block (section 4.5).</summary>
    MultifdOffsetTooLong,

    /// <summary>An offset that is no multiple of the page size (section 4.5, L16).</summary>
    MultifdOffsetUnaligned,

    /// <summary>A packet compressed otherwise than the destination is configured (section 4.5).</summary>
    MultifdCompressionMismatch,

    /// <summary>A compressed payload larger than 1 MiB (section 4.5).</summary>
    MultifdPayloadTooLarge,

    /// <summary>A compressed payload without normal pages (section 4.5).</summary>
    MultifdPayloadUnexpected,

    /// <summary>Compressed data that cannot be decompressed (section 4.5).</summary>
    MultifdDecompress,

    /// <summary>Compressed data that gives fewer bytes than the pages need (section 4.5).</summary>
    MultifdDecompressTooShort,

    /// <summary>A device-state packet without data (section 4.4).</summary>
    DeviceStateEmpty,

    /// <summary>A device-state packet with the SYNC flag (section 4.4).</summary>
    DeviceStateSync,

    /// <summary>A device-state packet whose name has no NUL (section 4.4).</summary>
    DeviceStateUnterminatedName,

    /// <summary>A device-state packet for a section that the machine does not have (section 4.4).</summary>
    DeviceStateUnknownSection,

    /// <summary>A device-state packet for a section that cannot load one (section 4.4).</summary>
    DeviceStateUnsupported,

    /// <summary>Main synchronises but a channel ended without a SYNC packet (section 4.6, L1).</summary>
    MultifdSyncMissing,

    /// <summary>A FLUSH record at a destination that synchronises at every EOS, or none at one that does not (section 4.6, L14).</summary>
    MultifdFlushMismatch,

    /// <summary>Pages behind a SYNC packet for which main never synchronised (section 4.6, L14).</summary>
    MultifdPagesAfterLastSync,

    /// <summary>A mapped-ram header of a version above 1 (section 5).</summary>
    MappedRamVersion,

    /// <summary>A mapped-ram header with another page size (section 5).</summary>
    MappedRamPageSize,

    /// <summary>A mapped-ram bitmap that does not lie in the file (section 5).</summary>
    MappedRamBitmap,

    /// <summary>A mapped-ram page area that does not begin at a page boundary (section 5).</summary>
    MappedRamAlignment,

    /// <summary>A mapped-ram page that does not lie in the file (section 5).</summary>
    MappedRamPages,

    /// <summary>
    /// A mapped-ram page area that ends before its own header: the stream would be read again (section 5).
    /// </summary>
    MappedRamBackwards,
}
