namespace Simulation.Oracle;

/// <summary>Constants of the wire, typed anew from the stream reference and shared with no other project.</summary>
internal static class WireFormat
{
    /// <summary>QEMU_VM_FILE_MAGIC: "QEVM", the first word of the main channel (section 1.1).</summary>
    public const uint FileMagic = 0x5145564d;

    /// <summary>QEMU_VM_FILE_VERSION: the second word of the main channel (section 1.1).</summary>
    public const uint FileVersion = 3;

    /// <summary>QEMU_VM_FILE_VERSION_COMPAT: a version that is refused by name (section 1.1).</summary>
    public const uint ObsoleteFileVersion = 2;

    /// <summary>QEMU_VM_SUBSECTION: opens a subsection inside vmstate data (section 1.7).</summary>
    public const byte Subsection = 5;

    /// <summary>QEMU_VM_VMDESCRIPTION: may follow the top-level EOF (section 1.9).</summary>
    public const byte VmDescription = 6;

    /// <summary>QEMU_VM_CONFIGURATION: directly after the file header (section 1.4).</summary>
    public const byte Configuration = 7;

    /// <summary>QEMU_VM_SECTION_FOOTER: closes a section (section 1.3).</summary>
    public const byte SectionFooter = 0x7e;

    /// <summary>RAM_SAVE_FLAG_ZERO: a page filled with one byte, which must be 0 (section 2.1).</summary>
    public const ulong RamZero = 0x002;

    /// <summary>RAM_SAVE_FLAG_MEM_SIZE: the block list (section 2.3).</summary>
    public const ulong RamMemSize = 0x004;

    /// <summary>RAM_SAVE_FLAG_PAGE: a page as it is (section 2.1).</summary>
    public const ulong RamPage = 0x008;

    /// <summary>RAM_SAVE_FLAG_EOS: the end of the section's records (section 2.1).</summary>
    public const ulong RamEos = 0x010;

    /// <summary>RAM_SAVE_FLAG_CONTINUE: the block of the previous record; its name is left out (section 2.1).</summary>
    public const ulong RamContinue = 0x020;

    /// <summary>RAM_SAVE_FLAG_XBZRLE: a delta against the page's present content (section 3).</summary>
    public const ulong RamXbzrle = 0x040;

    /// <summary>RAM_SAVE_FLAG_HOOK: RDMA only, a no-op elsewhere (section 2.1).</summary>
    public const ulong RamHook = 0x080;

    /// <summary>RAM_SAVE_FLAG_MULTIFD_FLUSH: wait for the multifd channels (section 4.6).</summary>
    public const ulong RamMultifdFlush = 0x200;

    /// <summary>ENCODING_FLAG_XBZRLE: the only encoding (section 3.1).</summary>
    public const byte XbzrleEncoding = 1;

    /// <summary>DIRTY_BITMAP_MIG_FLAG_EOS: the empty body of a <c>dirty-bitmap</c> section.</summary>
    public const byte DirtyBitmapEos = 1;
}
