using Simulation.Source.Savevm;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;

namespace Simulation.Source.MappedRam;

/// <summary>
/// Places pages in a mapped-ram file (stream reference, section 5): behind each block's entry in the list
/// <code>
/// u32 version 1   u64 page size   u64 bitmap_offset   u64 pages_offset
/// bitmap, little-endian words      gap to 1 MiB        the block's pages, each at its place
/// </code>
/// and the stream goes on behind the pages. Bitmaps are written last.
/// </summary>
internal sealed class MappedRamWriter
{
    private const uint HeaderVersion = 1;
    private const int HeaderBytes = 28;
    private const long PagesAlignment = 1 << 20;

    private readonly IMappedRamFile _file;
    private readonly GuestRam _ram;
    private readonly SourceOptions _options;
    private readonly SourceCounters _counters;
    private readonly DirtyBitmap _written = new();
    private readonly long[] _bitmapOffsets;
    private readonly long[] _pagesOffsets;

    public MappedRamWriter(IMappedRamFile file, GuestRam ram, SourceOptions options, SourceCounters counters)
    {
        _file = file;
        _ram = ram;
        _options = options;
        _counters = counters;
        _written.Reset(ram.PageCount);
        _bitmapOffsets = new long[ram.Blocks.Count];
        _pagesOffsets = new long[ram.Blocks.Count];
    }

    /// <summary>Has the migration begin at another place of the file than its beginning.</summary>
    public void Begin(StreamBuffer main)
    {
        if (_options.FileOffset == 0)
            return;
        _file.LeaveHole(0, _options.FileOffset);
        main.Seek(_options.FileOffset);
    }

    /// <summary>Writes the main channel's pending bytes at their place.</summary>
    public void Drain(StreamBuffer main)
    {
        _file.WriteAt(main.Position - main.PendingCount, main.Pending.Span);
        _counters.FileBytes += main.PendingCount;
        main.Drain();
    }

    /// <summary>Writes a block's header and goes on behind its pages.</summary>
    public void WriteHeader(StreamBuffer main, GuestBlock block)
    {
        int start = main.PendingCount;
        _bitmapOffsets[block.Index] = main.Position + HeaderBytes;
        long end = _bitmapOffsets[block.Index] + BitmapBytes(block);
        _pagesOffsets[block.Index] = (end + PagesAlignment - 1) / PagesAlignment * PagesAlignment;
        WriteHeader(main, start, _bitmapOffsets[block.Index], _pagesOffsets[block.Index]);
        Drain(main);
        if (block.Layout.FreeBytes > 0)
            _file.LeaveHole(_pagesOffsets[block.Index] + block.Layout.FreeAtBytes, block.Layout.FreeBytes);
        main.Seek(_pagesOffsets[block.Index] + block.Layout.LengthBytes);
    }

    /// <summary>Writes the header of a block that is left out under x-ignore-shared.</summary>
    public void WriteIgnoredHeader(StreamBuffer main) => WriteHeader(main, main.PendingCount, 0, 0);

    /// <summary>Writes a page, or notes that it is zero.</summary>
    /// <returns>Bytes written into the file.</returns>
    public int WritePage(GuestBlock block, int page)
    {
        if (_options.ZeroPageDetection != ZeroPageDetection.None && _ram.IsZero(page))
        {
            _written.Clear(page);
            _counters.Duplicate++;
            return 0;
        }
        _written.Set(page);
        _counters.Normal++;
        long offset = _pagesOffsets[block.Index] + block.OffsetOf(page);
        _file.WriteAt(offset, _ram.Page(page));
        return _ram.PageBytes;
    }

    /// <summary>Writes the bitmaps of the blocks that were sent.</summary>
    public void WriteBitmaps(Func<GuestBlock, bool> isIgnored)
    {
        foreach (GuestBlock block in _ram.Blocks)
        {
            if (isIgnored(block))
                continue;
            byte[] bitmap = new byte[BitmapBytes(block)];
            for (int page = _written.Next(block.FirstPage, block.EndPage); page < block.EndPage;
                page = _written.Next(page + 1, block.EndPage))
            {
                long bit = block.OffsetOf(page) / block.PageBytes;
                bitmap[bit / 8] |= (byte)(1 << (int)(bit % 8));
            }
            _file.WriteAt(_bitmapOffsets[block.Index], bitmap);
            _counters.FileBytes += bitmap.Length;
            _counters.AddRecordBytes(bitmap.Length, RamPhase.Downtime);
        }
    }

    private static int BitmapBytes(GuestBlock block) => checked((int)(((block.Layout.LengthBytes / block.PageBytes) + 63) / 64 * 8));

    private void WriteHeader(StreamBuffer main, int start, long bitmapOffset, long pagesOffset)
    {
        main.WriteUInt32(HeaderVersion);
        main.WriteUInt64((ulong)_ram.PageBytes);
        main.WriteUInt64((ulong)bitmapOffset);
        main.WriteUInt64((ulong)pagesOffset);
        main.Complete(StructureKind.MappedRamHeader, start);
    }
}
