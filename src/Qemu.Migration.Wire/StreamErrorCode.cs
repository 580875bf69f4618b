namespace Qemu.Migration.Wire;

/// <summary>
/// Why a stream was rejected. The names are stable: they appear in JSON output, in the malformed corpus (one file at least per
/// code) and in comparisons with other readers. The QEMU message of each stands in the stream reference, sections 1 to 3 and 6.1.
/// </summary>
public enum StreamErrorCode
{
    /// <summary>No error.</summary>
    None,

    /// <summary>The channel ended inside a structure.</summary>
    Truncated,

    /// <summary>The channel failed: reset, timeout, unreadable file.</summary>
    ChannelFailed,

    /// <summary>The first four bytes are not "QEVM" (section 1.1).</summary>
    NotAMigrationStream,

    /// <summary>File version 2 (section 1.1).</summary>
    ObsoleteVersion,

    /// <summary>A file version other than 2 or 3 (section 1.1).</summary>
    UnsupportedVersion,

    /// <summary>The machine sends a CONFIGURATION section and the stream has none (section 1.4).</summary>
    ConfigurationMissing,

    /// <summary>The machine name is longer than <see cref="Limits.MachineNameBytes"/>.</summary>
    MachineNameTooLong,

    /// <summary>The stream comes from another machine type (section 1.4).</summary>
    MachineMismatch,

    /// <summary>The stream's page size is not the machine's (section 1.4).</summary>
    TargetPageBitsMismatch,

    /// <summary>A capability no QEMU knows (section 1.4).</summary>
    UnknownCapability,

    /// <summary>A capability that must be equal on both sides is not (section 1.4).</summary>
    CapabilityMismatch,

    /// <summary>The stream is for another guest (section 1.4).</summary>
    UuidMismatch,

    /// <summary>A section type byte that does not exist at the top level (section 1.3).</summary>
    UnknownSectionType,

    /// <summary>A section whose name is empty (section 1.3).</summary>
    SectionNameMissing,

    /// <summary>A section this machine does not have (section 1.3).</summary>
    UnknownSection,

    /// <summary>A PART or END whose id no START has bound (section 1.3).</summary>
    UnknownSectionId,

    /// <summary>A section newer than the machine's (section 1.3).</summary>
    SectionVersionTooNew,

    /// <summary>A section older than the oldest the machine reads (section 1.3).</summary>
    SectionVersionTooOld,

    /// <summary>A section does not end in its footer (section 1.3).</summary>
    FooterMismatch,

    /// <summary>A section kind this destination knows and does not load.</summary>
    SectionUnsupported,

    /// <summary>A subsection with the parent's prefix that the parent does not have (section 1.7).</summary>
    UnknownSubsection,

    /// <summary>A subsection newer than the machine's (section 1.7).</summary>
    SubsectionVersionTooNew,

    /// <summary>The run state in <c>globalstate</c> is no run state (section 1.6).</summary>
    InvalidRunState,

    /// <summary>A <c>ram</c> section of a version other than 4 (section 2).</summary>
    RamVersion,

    /// <summary>A record whose flags are not exactly one kind (section 2.1).</summary>
    UnknownRamFlags,

    /// <summary>CONTINUE before any record named a block (section 2.2).</summary>
    ContinueWithoutBlock,

    /// <summary>A record for a block the machine does not have (section 2.2).</summary>
    UnknownBlock,

    /// <summary>A record for a block that is not migrated (section 2.2).</summary>
    BlockNotMigratable,

    /// <summary>A page beyond the used length of its block (section 2.2).</summary>
    OffsetOutOfRange,

    /// <summary>A ZERO record that fills with something else (section 2.2).</summary>
    ZeroPageNotZero,

    /// <summary>A block of the MEM_SIZE list that the machine does not have (section 2.3).</summary>
    MemSizeUnknownBlock,

    /// <summary>A block of the MEM_SIZE list with another length (section 2.3).</summary>
    BlockLengthMismatch,

    /// <summary>A block of the MEM_SIZE list at another guest address (section 2.3).</summary>
    GuestAddressMismatch,

    /// <summary>The lengths in the MEM_SIZE list do not sum to its total (section 2.3).</summary>
    MemSizeTotalMismatch,

    /// <summary>An XBZRLE record whose encoding byte is not 1 (section 3.1).</summary>
    XbzrleWrongCompression,

    /// <summary>An XBZRLE record longer than a page (section 3.1).</summary>
    XbzrleLengthOverflow,

    /// <summary>An XBZRLE delta that does not decode (section 3.1).</summary>
    XbzrleDecodeError,

    /// <summary>A command that does not exist or no longer does (section 6.1).</summary>
    UnknownCommand,

    /// <summary>A command with another payload length (section 6.1).</summary>
    CommandLength,

    /// <summary>A PING before the return path was opened (section 6.1).</summary>
    PingWithoutReturnPath,

    /// <summary>A command in a state that does not allow it (sections 6.1, 6.3).</summary>
    CommandInWrongState,

    /// <summary>A POSTCOPY_ADVISE that does not fit the capabilities or page sizes of this destination (section 6.3).</summary>
    PostcopyUnsupported,

    /// <summary>A POSTCOPY_RAM_DISCARD that does not decode (section 6.3).</summary>
    DiscardMalformed,

    /// <summary>A range of POSTCOPY_RAM_DISCARD beyond its block, or not of whole pages (section 6.3, L4).</summary>
    DiscardRange,

    /// <summary>A package that ends without POSTCOPY_RUN (section 6.3, L19).</summary>
    PackageWithoutRun,

    /// <summary>Device state that comes while the guest runs here (section 6.3, L20).</summary>
    SectionWhileRunning,

    /// <summary>The channel for urgent pages did not come before the guest's package (section 6.4).</summary>
    PreemptChannelMissing,

    /// <summary>A stream that ends while pages that the guest waits for have not come (section 6.4).</summary>
    PagesMissing,

    /// <summary>A multifd packet that does not begin with the magic (sections 4.2, 4.5).</summary>
    MultifdMagic,

    /// <summary>A multifd packet of a version other than 1 (sections 4.2, 4.5).</summary>
    MultifdVersion,

    /// <summary>A multifd channel of another guest (section 4.2).</summary>
    MultifdUuid,

    /// <summary>A multifd channel id beyond the number of channels (section 4.2).</summary>
    MultifdChannelId,

    /// <summary>A multifd channel id that is taken (section 4.2).</summary>
    MultifdChannelDuplicate,

    /// <summary>A multifd packet with more pages than a packet has (section 4.5).</summary>
    MultifdPageCount,

    /// <summary>A multifd page that is not page-aligned (section 4.5, L16).</summary>
    MultifdOffsetUnaligned,

    /// <summary>A multifd packet compressed by another method than agreed (section 4.5).</summary>
    MultifdCompression,

    /// <summary>A compressed payload that is too large, or there where none may be (section 4.5).</summary>
    MultifdPayloadSize,

    /// <summary>A compressed payload that does not decompress to its pages (section 4.5).</summary>
    MultifdDecompression,

    /// <summary>A device-state packet, and no device here takes one (section 4.4).</summary>
    MultifdDeviceState,

    /// <summary>A packet with pages in postcopy (sections 2.4 and 4.7).</summary>
    MultifdPagesInPostcopy,

    /// <summary>A multifd channel that ended before a point where main waits for it (section 4.6, L1).</summary>
    MultifdChannelEnded,

    /// <summary>The two sides differ in <c>multifd-flush-after-each-section</c>: a FLUSH record comes where it is on, or none where it is
    /// off (section 4.6, L14).</summary>
    MultifdFlushMismatch,

    /// <summary>mapped-ram on a transport that cannot seek (section 5).</summary>
    NotSeekable,

    /// <summary>A RAM record that a mapped-ram file cannot have (section 2.2).</summary>
    MappedRamRecord,

    /// <summary>A mapped-ram header newer than version 1 (section 5).</summary>
    MappedRamVersion,

    /// <summary>A mapped-ram header of another page size (section 5).</summary>
    MappedRamPageSize,

    /// <summary>A mapped-ram area that is not aligned, or lies outside the file's offsets (section 5).</summary>
    MappedRamAlignment,

    /// <summary>A capability of this destination that it cannot serve on this stream.</summary>
    CapabilityUnsupported,
}
