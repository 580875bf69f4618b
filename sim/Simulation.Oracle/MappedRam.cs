using System.Buffers.Binary;

namespace Simulation.Oracle;

/// <summary>Reads the page area of one block of a mapped-ram file (stream reference, section 5).</summary>
/// <remarks>
/// <code>
/// u32 version   u64 page_size   u64 bitmap_offset   u64 pages_offset     then, at those offsets, bitmap and pages
/// </code>
/// </remarks>
internal static class MappedRam
{
    private const uint Version = 1;
    private const int BitmapWord = 8;

    /// <summary>No file is so long; sums of offsets up to here cannot overflow.</summary>
    private const long Farthest = 1L << 62;

    /// <summary>
    /// Reads header, bitmap and pages, and moves behind the page area. Pages without a bit become zero.
    /// </summary>
    /// <param name="cursor">At the header.</param>
    /// <param name="block">The block.</param>
    /// <param name="pageSize">Target page size.</param>
    /// <param name="isIgnored">Whether the block's pages must not travel: its offsets are 0 then.</param>
    /// <returns>Number of pages read.</returns>
    public static int Read(ByteCursor cursor, OracleRamBlock block, int pageSize, bool isIgnored)
    {
        long start = cursor.Position;

        // The header is read as a whole before it is judged.
        uint version = cursor.U32();
        ulong headerPageSize = cursor.U64();
        ulong bitmapOffset = cursor.U64();
        ulong pagesOffset = cursor.U64();
        if (version > Version)
            throw cursor.Fault(OracleFaultKind.MappedRamVersion, start, $"{version}");
        if (headerPageSize != (ulong)pageSize)
            throw cursor.Fault(OracleFaultKind.MappedRamPageSize, start + 4, $"{headerPageSize}");
        if (isIgnored)
        {
            return bitmapOffset == 0 && pagesOffset == 0
                ? 0 : throw cursor.Fault(OracleFaultKind.IgnoredRamBlock, start + 12, block.Name);
        }

        int bitmapSize = (block.PageCount + 63) / 64 * BitmapWord;
        ReadOnlySpan<byte> bitmap = cursor.At(bitmapOffset, bitmapSize);
        if (bitmap.Length != bitmapSize)
            throw cursor.Fault(OracleFaultKind.MappedRamBitmap, start + 12, $"0x{bitmapOffset:x}");
        long area = unchecked((long)pagesOffset);
        if (pagesOffset % (ulong)pageSize != 0 || area > Farthest)
            throw cursor.Fault(OracleFaultKind.MappedRamAlignment, start + 20, $"0x{pagesOffset:x}");

        // The stream goes on behind the area. An area that ends before its own header would make the loader read in circles.
        long next = area + block.UsedLength;
        if (area < 0 || next < cursor.Position)
            throw cursor.Fault(OracleFaultKind.MappedRamBackwards, start + 20, $"0x{pagesOffset:x}");

        int pages = ReadPages(cursor, block, bitmap, pagesOffset, pageSize, start);
        cursor.SeekAhead(next);
        return pages;
    }

    private static int ReadPages(
        ByteCursor cursor, OracleRamBlock block, ReadOnlySpan<byte> bitmap, ulong pagesOffset, int pageSize, long start)
    {
        int count = 0;
        OracleFaultException? missing = null;
        for (int page = 0; page < block.PageCount; page++)
        {
            ulong offset = (ulong)page * (ulong)pageSize;
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bitmap[(page / 64 * BitmapWord)..]);
            if ((word >> (page % 64) & 1) == 0)
            {
                block.LeaveZero(offset);
                continue;
            }

            ReadOnlyMemory<byte> bytes = cursor.MemoryAt(pagesOffset + offset, pageSize);
            if (bytes.IsEmpty)
            {
                // Pages are read in any order: those behind the one that is missing may have been read already.
                missing ??= cursor.Fault(
                    OracleFaultKind.MappedRamPages, start + 20, $"{block.Name} page {page} at 0x{pagesOffset:x}");
                block.Tear(offset, cursor.BehindMemory(pagesOffset + offset, pageSize));
                continue;
            }

            block.Set(offset, bytes);
            block.MarkReceived(offset, new OracleRamBlock.Write(1, 0));
            count++;
        }

        return missing is null ? count : throw missing;
    }
}
