using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The header of a block in a mapped-ram file (stream reference, section 5), big-endian:
/// <code>
/// +0 u32 1  +4 u64 page size  +12 u64 bitmap offset in the file  +20 u64 pages offset in the file
/// </code>
/// </summary>
/// <param name="Version">1; 0 is taken too.</param>
/// <param name="PageSizeBytes">The source's page size.</param>
/// <param name="BitmapOffset">Absolute file offset of the bitmap: one bit a page, little-endian words, ceil(pages/64)·8 bytes.</param>
/// <param name="PagesOffset">Absolute file offset of page 0.</param>
public readonly record struct MappedRamHeader(uint Version, ulong PageSizeBytes, ulong BitmapOffset, ulong PagesOffset)
{
    /// <summary>MAPPED_RAM_HDR_VERSION: the newest version read.</summary>
    public const uint NewestVersion = 1;

    /// <summary>MAPPED_RAM_FILE_OFFSET_ALIGNMENT: pages areas begin at multiples of this, in bytes.</summary>
    public const int PagesAlignmentBytes = 1024 * 1024;

    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 28;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the header on.</param>
    /// <param name="header">What was read, also where it is invalid; only the version is checked.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where the version is newer than <see cref="NewestVersion"/>.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out MappedRamHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        header = new(
            BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[12..]), BinaryPrimitives.ReadUInt64BigEndian(source[20..]));
        if (header.Version > NewestVersion)
            return DecodeStatus.InvalidData;
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Version);
        BinaryPrimitives.WriteUInt64BigEndian(destination[4..], PageSizeBytes);
        BinaryPrimitives.WriteUInt64BigEndian(destination[12..], BitmapOffset);
        BinaryPrimitives.WriteUInt64BigEndian(destination[20..], PagesOffset);
        return SizeBytes;
    }

    /// <summary>Where the stream goes on: behind the block's pages.</summary>
    /// <param name="headerEnd">Absolute file offset behind this header.</param>
    /// <param name="lengthBytes">The block's used length.</param>
    /// <param name="offset">Absolute file offset of what follows.</param>
    /// <returns>False where that lies before the header's end, so that the file would be read in circles, or beyond any file.</returns>
    public bool TryFindContinuation(long headerEnd, ulong lengthBytes, out long offset)
    {
        bool inFile = PagesOffset <= Limits.FileOffset && lengthBytes <= Limits.FileOffset;
        offset = inFile ? (long)(PagesOffset + lengthBytes) : 0;
        return inFile && offset >= headerEnd;
    }

    /// <summary>Bytes of a block's bitmap.</summary>
    /// <param name="pageCount">Its pages.</param>
    /// <returns>A multiple of 8.</returns>
    public static long BitmapBytes(long pageCount) => (pageCount + 63) / 64 * 8;
}
