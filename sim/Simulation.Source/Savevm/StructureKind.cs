namespace Simulation.Source.Savevm;

/// <summary>The structures of a stream, as a writer finishes them; where a deviation takes hold.</summary>
public enum StructureKind
{
    /// <summary>The file header (stream reference, section 1.1).</summary>
    FileHeader,

    /// <summary>CONFIGURATION with its subsections (section 1.4).</summary>
    Configuration,

    /// <summary>A command with its payload (section 6.1).</summary>
    Command,

    /// <summary>Type byte, id, name, instance and version of a START or FULL section (section 1.3).</summary>
    SectionStart,

    /// <summary>Type byte and id of a PART or END section (section 1.3).</summary>
    SectionContinuation,

    /// <summary>The block list of MEM_SIZE (section 2.3).</summary>
    MemSize,

    /// <summary>A record with a page: ZERO, PAGE or XBZRLE (section 2.1).</summary>
    PageRecord,

    /// <summary>A record with a page that is sent while the guest runs at the destination (section 2.4).</summary>
    PostcopyPageRecord,

    /// <summary>PACKAGED with the whole package (section 6.1).</summary>
    Package,

    /// <summary>The EOS record (section 2.1).</summary>
    EndOfRecords,

    /// <summary>A section's footer (section 1.3).</summary>
    Footer,

    /// <summary>The whole START section of <c>ram</c>, footer included.</summary>
    RamStartSection,

    /// <summary>The whole FULL section of a device, footer included.</summary>
    DeviceSection,

    /// <summary>The EOF byte (section 1.3).</summary>
    EndOfStream,

    /// <summary>VMDESCRIPTION (section 1.9).</summary>
    VmDescription,

    /// <summary>The first packet of a multifd channel (section 4.2).</summary>
    MultifdInitial,

    /// <summary>A multifd packet with its payload (section 4.3).</summary>
    MultifdPacket,

    /// <summary>The end of a multifd channel: nothing, behind its last SYNC packet (section 4.6).</summary>
    MultifdEnd,

    /// <summary>A block's mapped-ram header (section 5).</summary>
    MappedRamHeader,
}
