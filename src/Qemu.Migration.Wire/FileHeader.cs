namespace Qemu.Migration.Wire;

/// <summary>
/// The file header that opens every main stream (stream reference, section 1.1):
/// <code>
/// +0  u32  0x5145564d "QEVM"
/// +4  u32  3
/// </code>
/// </summary>
public static class FileHeader
{
    /// <summary>QEMU_VM_FILE_MAGIC: "QEVM", big-endian.</summary>
    public const uint Magic = 0x5145564d;

    /// <summary>QEMU_VM_FILE_VERSION: the only version still read.</summary>
    public const uint Version = 3;

    /// <summary>QEMU_VM_FILE_VERSION_COMPAT: the version that ended with QEMU 0.10; rejected with a message of its own.</summary>
    public const uint ObsoleteVersion = 2;

    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 8;
}
