using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The packets of a multifd channel (stream reference, sections 4.2 to 4.4), all big-endian:
/// <code>
/// initial  +0 u32 0x11223344  +4 u32 1  +8 byte[16] uuid  +24 u8 channel id  +25 byte[39] 0
/// data     +0 u32 0x11223344  +4 u32 1  +8 u32 flags  +12 u32 pages_alloc  +16 u32 normal_pages  +20 u32 next_packet_size
///          +24 u64 packet_num  +32 u32 zero_pages  +36 byte[28] 0  +64 byte[256] block  +320 u64 offset[512 KiB / page]
/// </code>
/// The offsets of normal pages come first, those of zero pages follow; the payload has the normal pages in that order.
/// </summary>
public static class MultifdPacket
{
    /// <summary>MULTIFD_MAGIC: opens every packet.</summary>
    public const uint Magic = 0x11223344;

    /// <summary>MULTIFD_VERSION: of every packet.</summary>
    public const uint Version = 1;

    /// <summary>No C name: bytes of the initial packet.</summary>
    public const int InitialBytes = 64;

    /// <summary>No C name: bytes of a data packet's header before its offsets.</summary>
    public const int FixedBytes = 320;

    /// <summary>No C name: bytes of magic, version and flags, which tell data from device state.</summary>
    public const int CommonBytes = 12;

    /// <summary>MULTIFD_PACKET_SIZE: bytes of guest memory in a full packet.</summary>
    public const int PayloadBytes = 512 * 1024;

    /// <summary>No C name: bytes of the largest compressed payload a destination takes (section 4.5).</summary>
    public const int CompressedBytes = 1024 * 1024;

    /// <summary>MULTIFD_FLAG_SYNC: the channel waits here for the main channel.</summary>
    public const uint FlagSync = 0x01;

    /// <summary>MULTIFD_FLAG_COMPRESSION_MASK: which method compresses the payload.</summary>
    public const uint CompressionMask = 0x3e;

    /// <summary>MULTIFD_FLAG_ZLIB: one zlib stream a channel.</summary>
    public const uint FlagZlib = 0x02;

    /// <summary>MULTIFD_FLAG_ZSTD: one zstd stream a channel.</summary>
    public const uint FlagZstd = 0x04;

    /// <summary>MULTIFD_FLAG_DEVICE_STATE: a packet of device state, with another header.</summary>
    public const uint FlagDeviceState = 0x40;

    /// <summary>Pages a packet can carry.</summary>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <returns>128 for 4 KiB.</returns>
    public static int PagesPerPacket(int pageSizeBytes) => PayloadBytes / pageSizeBytes;

    /// <summary>Bytes of a data packet's header; it always has its full length.</summary>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <returns>1344 for 4 KiB.</returns>
    public static int HeaderBytes(int pageSizeBytes) => FixedBytes + 8 * PagesPerPacket(pageSizeBytes);

    /// <summary>Writes an initial packet.</summary>
    /// <param name="destination">At least <see cref="InitialBytes"/>.</param>
    /// <param name="uuid">The guest's, or null for none.</param>
    /// <param name="channel">The channel's id.</param>
    public static void WriteInitial(Span<byte> destination, Guid? uuid, byte channel)
    {
        destination[..InitialBytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Version);
        (uuid ?? Guid.Empty).TryWriteBytes(destination[8..], bigEndian: true, out _);
        destination[24] = channel;
    }
}

/// <summary>The fixed fields of a data packet's header; see <see cref="MultifdPacket"/> for the layout.</summary>
/// <param name="Flags">Sync, compression, device state.</param>
/// <param name="PagesAllocated">Room for pages on the source; 0 in sync packets.</param>
/// <param name="NormalPages">Pages with content.</param>
/// <param name="PayloadBytes">next_packet_size: bytes that follow the header.</param>
/// <param name="PacketNumber">The source's counter.</param>
/// <param name="ZeroPages">Pages without content.</param>
public readonly record struct MultifdPacketHeader(
    uint Flags, uint PagesAllocated, uint NormalPages, uint PayloadBytes, ulong PacketNumber, uint ZeroPages)
{
    /// <summary>Reads the fixed fields.</summary>
    /// <param name="source">The header, at least 36 bytes.</param>
    /// <returns>The fields, unchecked.</returns>
    public static MultifdPacketHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[16..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[20..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[24..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[32..]));

    /// <summary>The block's name: up to its NUL, the last byte counting as one.</summary>
    /// <param name="source">The header.</param>
    /// <returns>The name's bytes.</returns>
    public static ReadOnlySpan<byte> BlockName(ReadOnlySpan<byte> source) => CString.Of(source.Slice(64, 255));

    /// <summary>One of the offsets.</summary>
    /// <param name="source">The whole header.</param>
    /// <param name="index">Its number, below normal and zero pages together.</param>
    /// <returns>Bytes from the block's start.</returns>
    public static ulong Offset(ReadOnlySpan<byte> source, int index) =>
        BinaryPrimitives.ReadUInt64BigEndian(source[(MultifdPacket.FixedBytes + 8 * index)..]);
}
