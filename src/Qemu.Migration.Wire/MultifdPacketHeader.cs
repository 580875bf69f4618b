using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The header of a data packet (stream reference, section 4.3), big-endian; it always has its full length, and the payload follows:
/// <code>
/// +0  <see cref="MultifdPacketPrefix"/>  +12 u32 pages_alloc  +16 u32 normal_pages  +20 u32 next_packet_size  +24 u64 packet_num
/// +32 u32 zero_pages  +36 byte[28] 0  +64 byte[256] block, padded with NULs  +320 u64 offset[512 KiB / page]
/// </code>
/// The offsets of normal pages come first, those of zero pages follow; the payload has the normal pages in that order.
/// </summary>
/// <param name="Flags">Sync, compression.</param>
/// <param name="PagesAllocated">Room for pages on the source; 0 in sync packets.</param>
/// <param name="NormalPages">Pages with content.</param>
/// <param name="PayloadBytes">next_packet_size: bytes that follow the header.</param>
/// <param name="PacketNumber">The source's counter.</param>
/// <param name="ZeroPages">Pages without content.</param>
public readonly record struct MultifdPacketHeader(
    uint Flags, uint PagesAllocated, uint NormalPages, uint PayloadBytes, ulong PacketNumber, uint ZeroPages)
{
    private const int NameOffset = 64;
    private const int NameFieldBytes = 256;

    /// <summary>Reads the fixed fields of a header that is whole; <see cref="BlockName"/> and <see cref="Offset"/> read the rest.</summary>
    /// <param name="source">Bytes from the packet on.</param>
    /// <param name="pageSizeBytes">Bytes of a page: the header's length depends on it.</param>
    /// <param name="header">The fields, unchecked.</param>
    /// <param name="consumed">Bytes of the whole header; 0 unless done.</param>
    /// <returns>Invalid where the prefix is invalid or of another packet.</returns>
    public static DecodeStatus TryRead(
        ReadOnlySpan<byte> source, int pageSizeBytes, out MultifdPacketHeader header, out int consumed)
    {
        header = default;
        DecodeStatus status = MultifdPacketPrefix.TryRead(source, out MultifdPacketPrefix prefix, out consumed);
        consumed = 0;
        if (status != DecodeStatus.Done)
            return status;
        if (prefix.IsDeviceState)
            return DecodeStatus.InvalidData;
        int needed = MultifdPacket.HeaderBytes(pageSizeBytes);
        if (source.Length < needed)
            return DecodeStatus.NeedMoreData(needed);
        header = new(
            prefix.Flags, BinaryPrimitives.ReadUInt32BigEndian(source[12..]), BinaryPrimitives.ReadUInt32BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[20..]), BinaryPrimitives.ReadUInt64BigEndian(source[24..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[32..]));
        consumed = needed;
        return DecodeStatus.Done;
    }

    /// <summary>The block's name: up to its NUL, the last byte counting as one.</summary>
    /// <param name="source">The header.</param>
    /// <returns>The name's bytes.</returns>
    public static ReadOnlySpan<byte> BlockName(ReadOnlySpan<byte> source) => CString.Of(source.Slice(NameOffset, NameFieldBytes - 1));

    /// <summary>One of the offsets.</summary>
    /// <param name="source">The whole header.</param>
    /// <param name="index">Its number, below normal and zero pages together.</param>
    /// <returns>Bytes from the block's start.</returns>
    public static ulong Offset(ReadOnlySpan<byte> source, int index) =>
        BinaryPrimitives.ReadUInt64BigEndian(source[(MultifdPacket.FixedBytes + 8 * index)..]);

    /// <summary>Writes a whole header.</summary>
    /// <param name="destination">At least <see cref="MultifdPacket.HeaderBytes"/>.</param>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <param name="block">The block's name, at most 255 bytes; empty in sync packets.</param>
    /// <param name="offsets">The offsets, those of normal pages first.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination, int pageSizeBytes, ReadOnlySpan<byte> block, ReadOnlySpan<ulong> offsets)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(block.Length, Limits.NameBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsets.Length, MultifdPacket.PagesPerPacket(pageSizeBytes));
        int size = MultifdPacket.HeaderBytes(pageSizeBytes);
        destination[..size].Clear();
        new MultifdPacketPrefix(MultifdPacket.Magic, MultifdPacket.Version, Flags).Write(destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], PagesAllocated);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], NormalPages);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], PayloadBytes);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], PacketNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[32..], ZeroPages);
        block.CopyTo(destination[NameOffset..]);
        for (int i = 0; i < offsets.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(destination[(MultifdPacket.FixedBytes + 8 * i)..], offsets[i]);
        return size;
    }
}
