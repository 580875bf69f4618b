namespace Qemu.Migration.Wire;

/// <summary>
/// Every bound the destination puts on what a peer may claim: each with its unit and its reason. Nothing is allocated from a
/// claimed length before it has passed one of these or is backed by bytes already read.
/// </summary>
public static class Limits
{
    /// <summary>No C name: longest machine type name accepted in CONFIGURATION, in bytes. QEMU allocates what the peer
    /// claims (stream reference, section 1.4); no machine type comes near this.</summary>
    public const int MachineNameBytes = 1024;

    /// <summary>No C name: most capability names in <c>configuration/capabilities</c>. QEMU 11 knows fewer than 32.</summary>
    public const int CapabilityNames = 256;

    /// <summary>No C name: longest VMDESCRIPTION that <c>describe</c> and the search at the end of a seekable stream accept,
    /// in bytes. A whole pc machine needs 100 KiB. The loader itself only skips the text (section 1.9).</summary>
    public const int VmDescriptionBytes = 16 * 1024 * 1024;

    /// <summary>No C name: most records decoded before the loader lets other tasks run; QEMU's main loop yields as often
    /// (section 2.2, step 1).</summary>
    public const int RecordsBetweenYields = 32768;

    /// <summary>No C name: longest field that a device layout may describe, in bytes. It bounds what a machine profile can
    /// make the loader skip.</summary>
    public const int DeviceFieldBytes = 64 * 1024 * 1024;

    /// <summary>No C name: deepest nesting of structures and subsections in a device layout.</summary>
    public const int DeviceNesting = 32;

    /// <summary>No C name: smallest target page in bytes; no record flag may lie above it (section 2.1).</summary>
    public const int SmallestPageBytes = 1024;

    /// <summary>No C name: largest target page in bytes; the length of an XBZRLE record has 16 bits (section 3.1).</summary>
    public const int LargestPageBytes = 65536;

    /// <summary>No C name: longest name of a section or block in bytes; its length is one byte on the wire (section 0).</summary>
    public const int NameBytes = 255;

    /// <summary>No C name: farthest offset in a file, in bytes. No file is so long, and sums of two offsets cannot overflow.</summary>
    public const ulong FileOffset = 1UL << 62;

    /// <summary>No C name: longest bitmap of received pages in bytes: a block of 64 TiB in pages of 4 KiB has 2 GiB, no machine that
    /// recovers comes near, and 256 MiB (8 TiB of RAM) is what one span may be asked to hold.</summary>
    public const int RecoveryBitmapBytes = 256 * 1024 * 1024;

    /// <summary>No C name: most characters of a peer's text that a message or a line of output repeats. The longest sentence of an
    /// error with two names of 255 bytes fits.</summary>
    public const int PeerTextCharacters = 1000;

    /// <summary>No C name: longest QMP command in bytes, white space not counted; <c>migrate-set-capabilities</c> with every capability
    /// takes 1 KiB. QEMU takes 64 MiB.</summary>
    public const int QmpCommandBytes = 64 * 1024;

    /// <summary>No C name: most brackets that a QMP command may have open at a time, as in QEMU.</summary>
    public const int QmpNesting = 1024;
}
