using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The file header that opens every main stream (stream reference, section 1.1), big-endian:
/// <code>
/// +0 u32 0x5145564d "QEVM"  +4 u32 3
/// </code>
/// </summary>
/// <param name="FoundMagic">The magic that was read.</param>
/// <param name="FoundVersion">The version that was read.</param>
public readonly record struct FileHeader(uint FoundMagic, uint FoundVersion)
{
    /// <summary>QEMU_VM_FILE_MAGIC: "QEVM", big-endian.</summary>
    public const uint Magic = 0x5145564d;

    /// <summary>QEMU_VM_FILE_VERSION: the only version still read.</summary>
    public const uint Version = 3;

    /// <summary>QEMU_VM_FILE_VERSION_COMPAT: the version that ended with QEMU 0.10; rejected with a message of its own.</summary>
    public const uint ObsoleteVersion = 2;

    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 8;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the stream's first on.</param>
    /// <param name="header">What was read, also where it is invalid.</param>
    /// <param name="consumed">Bytes of the header; 0 unless done.</param>
    /// <returns>Invalid where magic or version is another.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out FileHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        header = new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[4..]));
        if (header is not { FoundMagic: Magic, FoundVersion: Version })
            return DecodeStatus.InvalidData;
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Version);
        return SizeBytes;
    }
}
