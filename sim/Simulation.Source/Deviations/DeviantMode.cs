namespace Simulation.Source.Deviations;

/// <summary>
/// Ways to leave the format: what the tables of the stream reference call an error, and what a real destination accepts though
/// no source sends it. <see cref="DeviantModes"/> says of each where it takes hold and what must come of it.
/// </summary>
public enum DeviantMode
{
    /// <summary>The file header's magic is not "QEVM" (section 1.1).</summary>
    MagicWrong,

    /// <summary>File version 2, obsolete (section 1.1).</summary>
    FileVersion2,

    /// <summary>File version 4, unknown (section 1.1).</summary>
    FileVersion4,

    /// <summary>The channel ends at byte <see cref="SourceDeviation.CutAt"/>.</summary>
    Truncated,

    /// <summary>No CONFIGURATION (section 1.4).</summary>
    ConfigurationMissing,

    /// <summary>Another machine's name of the same length (section 1.4).</summary>
    MachineOther,

    /// <summary>The machine's name with something behind it (section 1.4).</summary>
    MachineNameLonger,

    /// <summary>Only the beginning of the machine's name: accepted by QEMU (section 1.4, fault L13).</summary>
    MachineNamePrefix,

    /// <summary>A machine name of 4 GiB (section 1.4).</summary>
    MachineNameHuge,

    /// <summary>Pages of 8 KiB (section 1.4).</summary>
    PageBits13,

    /// <summary>Pages of 4 KiB, said though nobody asked (section 1.4).</summary>
    PageBits12,

    /// <summary>A capability no QEMU knows (section 1.4).</summary>
    CapabilityUnknown,

    /// <summary>x-ignore-shared, which the destination has not (section 1.4).</summary>
    CapabilityMismatch,

    /// <summary>multifd, a capability that is known and not compared (section 1.4).</summary>
    CapabilityNotCompared,

    /// <summary>The UUID of another guest: rejected where the destination's has one, accepted where it has none (section 1.4).</summary>
    UuidOfAnother,

    /// <summary>A subsection of CONFIGURATION that does not exist (section 1.7).</summary>
    SubsectionUnknown,

    /// <summary>A subsection of CONFIGURATION of version 2 (section 1.7).</summary>
    SubsectionTooNew,

    /// <summary>A subsection of a device that does not exist (section 1.7).</summary>
    DeviceSubsectionUnknown,

    /// <summary>A section type that does not exist (section 1.3).</summary>
    SectionTypeUnknown,

    /// <summary>A section without a name (section 1.3).</summary>
    SectionNameEmpty,

    /// <summary>A section of a device the machine has not (section 1.3).</summary>
    SectionUnknown,

    /// <summary>A section of an instance the machine has not (section 1.3).</summary>
    SectionInstanceUnknown,

    /// <summary>A device section newer than the machine's (section 1.3).</summary>
    SectionVersionTooNew,

    /// <summary>A device section of version 0 (section 1.3).</summary>
    SectionVersionTooOld,

    /// <summary>A PART whose id no START has bound (section 1.3).</summary>
    PartOfUnknownId,

    /// <summary>A section without its footer (section 1.3).</summary>
    FooterMissing,

    /// <summary>A footer with another section's id (section 1.3).</summary>
    FooterOfAnother,

    /// <summary>START sent twice, first under the id 500 (section 1.3).</summary>
    StartTwice,

    /// <summary>FULL where START belongs (section 1.3).</summary>
    RamAsFull,

    /// <summary>START where FULL belongs (section 1.3).</summary>
    DeviceAsStart,

    /// <summary>A device's section twice (section 1.3).</summary>
    DeviceTwice,

    /// <summary>END twice (section 1.3).</summary>
    EndTwice,

    /// <summary>PART after END (section 1.3).</summary>
    PartAfterEnd,

    /// <summary>A PART with nothing in it (section 1.5).</summary>
    EmptyPart,

    /// <summary>A run state that does not exist (section 1.6).</summary>
    RunStateUnknown,

    /// <summary>The run state <c>inmigrate</c>, which no stopped source is in (section 1.6).</summary>
    RunStateInMigrate,

    /// <summary>ram of version 3 (section 2).</summary>
    RamVersion3,

    /// <summary>ram of version 5 (section 2).</summary>
    RamVersion5,

    /// <summary>A record without a kind (section 2.1).</summary>
    RecordFlagsNone,

    /// <summary>A record with the obsolete flag FULL (section 2.1).</summary>
    RecordFlagsFull,

    /// <summary>A record with the removed flag COMPRESS_PAGE (section 2.1).</summary>
    RecordFlagsCompress,

    /// <summary>A COMPRESS_PAGE record without a page, behind which the stream goes on as if nothing were (section 2.1).</summary>
    RecordCompressEmpty,

    /// <summary>A record with a flag that was never given out (section 2.1).</summary>
    RecordFlagsUnknown,

    /// <summary>A record that is ZERO and PAGE (section 2.1).</summary>
    RecordFlagsZeroAndPage,

    /// <summary>A HOOK record, which belongs to RDMA (section 2.1).</summary>
    RecordHook,

    /// <summary>A MULTIFD_FLUSH record without multifd (section 4.6).</summary>
    RecordFlush,

    /// <summary>The first page's record says CONTINUE (section 2.2).</summary>
    ContinueWithoutBlock,

    /// <summary>A page of a block the machine has not (section 2.2).</summary>
    BlockUnknown,

    /// <summary>A page right behind the last of the first block (section 2.2).</summary>
    OffsetAtEnd,

    /// <summary>A page at the end of the address space (section 2.2).</summary>
    OffsetFarAway,

    /// <summary>A ZERO record that fills with 0xaa (section 2.2).</summary>
    ZeroFillNotZero,

    /// <summary>CONTINUE on EOS (section 2.1).</summary>
    ContinueOnEos,

    /// <summary>An address on EOS (section 2.1).</summary>
    AddressOnEos,

    /// <summary>A block in the list that the machine has not (section 2.3).</summary>
    MemSizeBlockUnknown,

    /// <summary>A block a page longer than the machine's (section 2.3).</summary>
    MemSizeLengthMismatch,

    /// <summary>A total that the first block exceeds (section 2.3).</summary>
    MemSizeTotalTooSmall,

    /// <summary>A total that the blocks do not reach (section 2.3).</summary>
    MemSizeTotalTooLarge,

    /// <summary>The block list twice (section 2.3).</summary>
    MemSizeTwice,

    /// <summary>No block list (section 2.3).</summary>
    MemSizeAbsent,

    /// <summary>An empty block list (section 2.3).</summary>
    MemSizeEmpty,

    /// <summary>An XBZRLE record of encoding 2 (section 3.1).</summary>
    XbzrleEncoding2,

    /// <summary>An XBZRLE record longer than a page (section 3.1).</summary>
    XbzrleTooLong,

    /// <summary>A delta of one byte (section 3.1).</summary>
    XbzrleOneByte,

    /// <summary>A delta that ends in a zero run (section 3.1).</summary>
    XbzrleTrailingZeroRun,

    /// <summary>A delta that runs over the page's end (section 3.1).</summary>
    XbzrleBeyondPage,

    /// <summary>A delta that skips over the page's end (section 3.1).</summary>
    XbzrleSkipsBeyondPage,

    /// <summary>A delta with an empty run (section 3.1).</summary>
    XbzrleEmptyRun,

    /// <summary>A delta with a zero run of 0 that is not the first (section 3.1).</summary>
    XbzrleZeroRunOfZero,

    /// <summary>A delta whose run is longer than what follows (section 3.1).</summary>
    XbzrleBeyondPayload,

    /// <summary>A delta with a length of three bytes (section 3.1).</summary>
    XbzrleThreeByteLength,

    /// <summary>An XBZRLE record though the capability is off; it changes nothing (section 3.1).</summary>
    XbzrleWithoutCapability,

    /// <summary>An XBZRLE record of length 0 (section 3.1).</summary>
    XbzrleEmpty,

    /// <summary>A delta with a length of two bytes where one would do (section 3.1).</summary>
    XbzrleNonCanonical,

    /// <summary>Command 0 (section 6.1).</summary>
    CommandInvalid,

    /// <summary>Command 12, unknown (section 6.1).</summary>
    CommandUnknown,

    /// <summary>ENABLE_COLO without COLO (section 6.1).</summary>
    CommandColo,

    /// <summary>PING with 3 bytes (section 6.1).</summary>
    PingLength,

    /// <summary>SWITCHOVER_START with a payload (section 6.1).</summary>
    SwitchoverLength,

    /// <summary>PING before the return path was opened (section 6.1).</summary>
    PingWithoutReturnPath,

    /// <summary>POSTCOPY_ADVISE twice (section 6.3).</summary>
    AdviseTwice,

    /// <summary>OPEN_RETURN_PATH twice (section 6.1).</summary>
    ReturnPathTwice,

    /// <summary>SWITCHOVER_START twice (section 6.1).</summary>
    SwitchoverTwice,

    /// <summary>POSTCOPY_RESUME outside recovery (section 6.1).</summary>
    ResumeOutsideRecovery,

    /// <summary>Bytes behind the end (section 1.10).</summary>
    GarbageAfterEnd,

    /// <summary>No VMDESCRIPTION (section 1.9).</summary>
    VmDescriptionMissing,

    /// <summary>Another byte where VMDESCRIPTION starts (section 1.9).</summary>
    VmDescriptionOtherByte,

    /// <summary>VMDESCRIPTION cut short (section 1.9).</summary>
    VmDescriptionTruncated,

    /// <summary>VMDESCRIPTION of 4 GiB (section 1.9).</summary>
    VmDescriptionAbsurd,

    /// <summary>A multifd channel's first packet has another magic (section 4.2).</summary>
    MultifdInitialMagic,

    /// <summary>A multifd channel's first packet is of version 2 (section 4.2).</summary>
    MultifdInitialVersion,

    /// <summary>A multifd channel belongs to another guest (section 4.2).</summary>
    MultifdInitialUuid,

    /// <summary>A multifd channel's id is 250 (section 4.2).</summary>
    MultifdInitialId,

    /// <summary>A multifd channel's id is that of the channel beside it (section 4.2).</summary>
    MultifdInitialIdTaken,

    /// <summary>A packet has another magic (section 4.5).</summary>
    MultifdPacketMagic,

    /// <summary>A packet is of version 2 (section 4.5).</summary>
    MultifdPacketVersion,

    /// <summary>A packet has room for 129 pages (section 4.5).</summary>
    MultifdPagesAllocated,

    /// <summary>A packet has more pages than room (section 4.5).</summary>
    MultifdNormalPages,

    /// <summary>A packet has more zero pages than room (section 4.5).</summary>
    MultifdZeroPages,

    /// <summary>A packet is for a block the machine has not (section 4.5).</summary>
    MultifdBlockUnknown,

    /// <summary>A packet's first page is beyond its block (section 4.5).</summary>
    MultifdOffset,

    /// <summary>A packet is compressed otherwise than agreed (section 4.5).</summary>
    MultifdCompressionFlag,

    /// <summary>A packet has a flag that means nothing (section 4.3).</summary>
    MultifdFlagUnknown,

    /// <summary>A packet has a number out of order (section 4.3).</summary>
    MultifdPacketNumber,

    /// <summary>Bytes that are no packet behind a channel's last SYNC (section 4.5, fault L3).</summary>
    MultifdGarbageAtEnd,

    /// <summary>A mapped-ram header of version 2 (section 5).</summary>
    MappedRamVersion2,

    /// <summary>A mapped-ram header of version 0 (section 5).</summary>
    MappedRamVersion0,

    /// <summary>A mapped-ram header whose pages lie at an odd offset (section 5).</summary>
    MappedRamPagesUnaligned,

    /// <summary>A mapped-ram header whose bitmap lies behind the file's end (section 5).</summary>
    MappedRamBitmapBeyondFile,

    /// <summary>A multifd channel's id is 2: that of another channel, or, of two channels, one too high (section 4.2).</summary>
    MultifdInitialIdTwo,

    /// <summary>A packet's first page lies right behind its block's last (section 4.5).</summary>
    MultifdOffsetAtEnd,

    /// <summary>A packet's first zero page begins inside a page: accepted by QEMU (section 4.5, fault L16).</summary>
    MultifdOffsetUnaligned,

    /// <summary>A mapped-ram header with pages of no bytes (section 5).</summary>
    MappedRamPageSizeZero,

    /// <summary>A guest that ran, and had been suspended before it was stopped (section 1.6).</summary>
    RunStateWasSuspended,

    /// <summary>The run state <c>debug</c>, to which there is no way from <c>inmigrate</c> (section 1.6, fault L26).</summary>
    RunStateDebug,

    /// <summary>The run state <c>restore-vm</c> (section 1.6, fault L26).</summary>
    RunStateRestoreVm,

    /// <summary>The run state <c>save-vm</c> (section 1.6, fault L26).</summary>
    RunStateSaveVm,

    /// <summary>Postcopy without POSTCOPY_ADVISE (section 6.3).</summary>
    AdviseMissing,

    /// <summary>POSTCOPY_ADVISE of pages of 8 KiB (section 6.3).</summary>
    AdvisePageSizes,

    /// <summary>A POSTCOPY_RAM_DISCARD that comes twice (section 6.3).</summary>
    DiscardTwice,

    /// <summary>A POSTCOPY_RAM_DISCARD that begins far behind its block's end (section 6.3, fault L4).</summary>
    DiscardBeyondBlock,

    /// <summary>A POSTCOPY_RAM_DISCARD that begins inside a page (section 6.3).</summary>
    DiscardUnaligned,

    /// <summary>A POSTCOPY_RAM_DISCARD of version 1 (section 6.3).</summary>
    DiscardVersion,

    /// <summary>A POSTCOPY_RAM_DISCARD behind POSTCOPY_LISTEN (section 6.3).</summary>
    DiscardAfterListen,

    /// <summary>A package without POSTCOPY_LISTEN (section 6.3).</summary>
    ListenMissing,

    /// <summary>A package without POSTCOPY_RUN (section 6.1, fault L19).</summary>
    PackageWithoutRun,

    /// <summary>A package that ends inside POSTCOPY_RUN, says its command (section 6.1).</summary>
    PackageShort,

    /// <summary>Device state while the guest runs at the destination (fault L20).</summary>
    DeviceAfterRun,

    /// <summary>The same page twice while the guest runs at the destination (section 2.4, fault L21).</summary>
    PostcopyPageTwice,

    /// <summary>A page behind its block's last while the guest runs at the destination (section 2.4).</summary>
    PostcopyPageBeyondBlock,

    /// <summary>A delta while the guest runs at the destination (section 2.4).</summary>
    PostcopyDelta,

    /// <summary>A POSTCOPY_RAM_DISCARD that begins in its block and ends far behind it (section 6.3, fault L4).</summary>
    DiscardOverrunsBlock,

    /// <summary>A package that goes on behind POSTCOPY_RUN: what follows means nothing (section 6.3).</summary>
    PackageGoesOn,

    /// <summary>The first page again, with another content, when all have come: the guest may have written it (fault L21).</summary>
    PostcopyPageAgain,

    /// <summary>The first page again, as a zero page, when all have come: the guest may have written it (fault L21).</summary>
    PostcopyZeroPageAgain,
}
