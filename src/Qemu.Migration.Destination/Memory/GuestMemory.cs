using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Memory;

/// <summary>
/// The guest's RAM: blocks of real memory outside the GC heap. Nothing else writes guest bytes. Callers have checked that a page
/// lies inside its block.
/// </summary>
public sealed unsafe partial class GuestMemory : IDisposable
{
    private const int PopulateWindowPages = 256;
    private readonly RamBlock[] _blocks;
    private readonly GuestPageWatch? _watch;

    /// <summary>Maps the RAM of a machine.</summary>
    /// <param name="environment">Where the memory comes from.</param>
    /// <param name="machine">The machine, valid.</param>
    /// <exception cref="OutOfMemoryException">The host has not that much; nothing stays mapped.</exception>
    public GuestMemory(DestinationEnvironment environment, MachineProfile machine)
    {
        PageSizeBytes = machine.PageSizeBytes;
        PageShift = int.Log2(machine.PageSizeBytes);
        _watch = environment.PageWatch;
        List<RamBlock> blocks = [];
        try
        {
            foreach (RamBlockDescription block in machine.RamBlocks)
                blocks.Add(new(block, environment.MapGuestMemory(block.Name, block.MaxLengthBytes), PageSizeBytes));
        }
        catch (OutOfMemoryException)
        {
            foreach (RamBlock block in blocks)
                block.Region.Dispose();
            throw;
        }
        _blocks = [.. blocks];
    }

    /// <summary>TARGET_PAGE_SIZE: bytes of a page.</summary>
    public int PageSizeBytes { get; }

    /// <summary>TARGET_PAGE_BITS: the page size's logarithm.</summary>
    public int PageShift { get; }

    /// <summary>The blocks in the machine's order.</summary>
    public IReadOnlyList<RamBlock> Blocks => _blocks;

    /// <summary>Finds a block.</summary>
    /// <param name="utf8Name">Its name as on the wire.</param>
    /// <returns>The block, or null.</returns>
    public RamBlock? Find(ReadOnlySpan<byte> utf8Name)
    {
        utf8Name = CString.Of(utf8Name);
        foreach (RamBlock block in _blocks)
        {
            if (utf8Name.SequenceEqual(block.Utf8Name))
                return block;
        }
        return null;
    }

    /// <summary>ram_bytes_total: bytes of the blocks that migrate.</summary>
    /// <param name="ignoreShared">Whether <c>x-ignore-shared</c> is on.</param>
    /// <returns>Bytes in use.</returns>
    public long MigratedBytes(bool ignoreShared)
    {
        long total = 0;
        foreach (RamBlock block in _blocks)
        {
            if (!block.IsIgnored(ignoreShared))
                total += block.UsedLengthBytes;
        }
        return total;
    }

    /// <summary>Reads a block's content in use, without a copy.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="lengthBytes">How many, inside the used length.</param>
    /// <returns>The bytes; they change while a migration is under way.</returns>
    public static ReadOnlySpan<byte> Read(RamBlock block, long offset, int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + lengthBytes, block.UsedLengthBytes);
        return new(block.Host + offset, lengthBytes);
    }

    /// <summary>Makes every page as it was before any record: for a guest that is used again.</summary>
    /// <remarks>Only touched pages are cleared. Regions that were not zero at first cannot be reset.</remarks>
    public void Reset()
    {
        foreach (RamBlock block in _blocks)
        {
            ReadOnlySpan<ulong> touched = block.Touched.AllWords;
            for (int word = 0; word < touched.Length; word++)
            {
                for (ulong bits = touched[word]; bits != 0; bits &= bits - 1)
                {
                    long page = (word * 64L) + BitOperations.TrailingZeroCount(bits);
                    new Span<byte>(block.Host + (page << PageShift), PageSizeBytes).Clear();
                }
            }
            block.Touched.Clear();
            block.Received.Clear();
            block.UsedLengthBytes = block.Description.LengthBytes;
        }
    }

    /// <summary>Whether channels had better not read in place, since a region takes long runs of pages faster.</summary>
    internal bool IsWrittenThrough => Array.Exists(_blocks, block => block.Region.IsWrittenThrough);

    /// <summary>Whether several tasks write at a time (multifd): bitmaps then need atomic updates.</summary>
    internal bool IsConcurrent { get; set; }

    /// <summary>Stores a page of content.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <param name="source">First of a page's bytes.</param>
    /// <returns>1 when the page arrived for the first time, else 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int WritePage(RamBlock block, long page, ref readonly byte source) =>
        _watch is null ? StorePage(block, page, in source) : StoreWatchedPage(block, page, in source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int StorePage(RamBlock block, long page, ref readonly byte source)
    {
        ulong bit = 1UL << (int)(page & 63);
        if (Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), bit) == 0
            && (page & (PopulateWindowPages - 1)) == 0)
        {
            // A run of first writes: let the region make a window of pages present at once.
            Populate(block, page);
        }
        Unsafe.CopyBlock(ref *(block.Host + (page << PageShift)), in source, (uint)PageSizeBytes);
        return MarkReceived(block, page, bit);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int StoreWatchedPage(RamBlock block, long page, ref readonly byte source)
    {
        _watch!.WriteBegins(block.Name, page, 1);
        int first = StorePage(block, page, in source);
        _watch.WriteEnded(block.Name, page, 1);
        return first;
    }

    /// <summary>Stores a run of pages whose bytes lie a stride apart: records, with their headers in between.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <param name="source">The first page's first byte.</param>
    /// <param name="strideBytes">From one page's first byte to that of the next, at least a page.</param>
    /// <returns>How many arrived for the first time.</returns>
    internal int WriteRun(RamBlock block, long first, int count, ref readonly byte source, int strideBytes)
    {
        if (block.Region.IsWrittenThrough)
            return WriteThrough(block, first, count, in source, strideBytes);
        int fresh = 0;
        for (int i = 0; i < count; i++)
            fresh += WritePage(block, first + i, in Unsafe.Add(ref Unsafe.AsRef(in source), (nint)i * strideBytes));
        return fresh;
    }

    private int WriteThrough(RamBlock block, long first, int count, ref readonly byte source, int strideBytes)
    {
        _watch?.WriteBegins(block.Name, first, count);
        SetRange(ref block.Touched.Words, first, count);
        if (strideBytes == PageSizeBytes)
            block.Region.Write(first << PageShift, in source, count << PageShift, 0, 1);
        else
            block.Region.Write(first << PageShift, in source, PageSizeBytes, strideBytes, count);
        _watch?.WriteEnded(block.Name, first, count);
        return SetRange(ref block.Received.Words, first, count);
    }

    /// <summary>Prepares a page to be read in place by a channel, which writes for this class: the page counts as touched from now
    /// on, and as received once <see cref="Arrived"/> says so. Where it will not be, <see cref="GiveUp"/> ends it.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <returns>Where it lies.</returns>
    internal MemoryPiece Place(RamBlock block, long page)
    {
        _watch?.WriteBegins(block.Name, page, 1);
        ulong bit = 1UL << (int)(page & 63);
        if (Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), bit) == 0 && (page & (PopulateWindowPages - 1)) == 0)
            Populate(block, page);
        return new((nint)(block.Host + (page << PageShift)), PageSizeBytes);
    }

    /// <summary>A page that was read in place is whole.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <returns>1 when the page arrived for the first time, else 0.</returns>
    internal int Arrived(RamBlock block, long page)
    {
        _watch?.WriteEnded(block.Name, page, 1);
        return MarkReceived(block, page, 1UL << (int)(page & 63));
    }

    /// <summary>Prepares a run of pages to be read in place, as <see cref="Place"/> does one page.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <returns>Where they lie.</returns>
    internal MemoryPiece PlaceRun(RamBlock block, long first, int count)
    {
        _watch?.WriteBegins(block.Name, first, count);
        SetRange(ref block.Touched.Words, first, count);
        block.Region.Populate(first << PageShift, (long)count << PageShift);
        return new((nint)(block.Host + (first << PageShift)), (nint)count << PageShift);
    }

    /// <summary>A run of pages that was read in place is whole.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <returns>How many arrived for the first time.</returns>
    internal int RunArrived(RamBlock block, long first, int count)
    {
        _watch?.WriteEnded(block.Name, first, count);
        return SetRange(ref block.Received.Words, first, count);
    }

    /// <summary>Pages that were to be read in place will not be.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    internal void GiveUp(RamBlock block, long first, int count = 1) => _watch?.WriteEnded(block.Name, first, count);

    /// <summary>Makes a run of pages zero.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <returns>How many arrived for the first time.</returns>
    internal int ZeroPages(RamBlock block, long first, long count)
    {
        for (long page = first; page < first + count; page++)
        {
            if (_watch is not null || block.Touched[page])
                ClearUnlessZero(block, page);
        }
        return SetRange(ref block.Received.Words, first, count);
    }

    /// <summary>Makes a page zero, without touching memory that never was anything else.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <returns>1 when the page arrived for the first time, else 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int ZeroPage(RamBlock block, long page)
    {
        ulong bit = 1UL << (int)(page & 63);
        if (_watch is not null || (Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)) & bit) != 0)
            ClearUnlessZero(block, page);
        return MarkReceived(block, page, bit);
    }

    /// <summary>Applies an XBZRLE delta to a page.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <param name="delta">The payload.</param>
    /// <param name="first">1 when the page arrived for the first time, else 0.</param>
    /// <returns>Whether the delta is well-formed.</returns>
    internal bool TryApplyDelta(RamBlock block, long page, ReadOnlySpan<byte> delta, out int first)
    {
        ulong bit = 1UL << (int)(page & 63);
        if (Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), bit) == 0 && (page & (PopulateWindowPages - 1)) == 0)
            Populate(block, page);
        first = 0;
        _watch?.WriteBegins(block.Name, page, 1);
        bool whole = Xbzrle.TryDecode(delta, new Span<byte>(block.Host + (page << PageShift), PageSizeBytes));
        _watch?.WriteEnded(block.Name, page, 1);
        if (!whole)
            return false;
        first = MarkReceived(block, page, bit);
        return true;
    }

    /// <summary>Has the cache fetch a line that is about to be changed. Nothing happens where the processor cannot.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="offset">A byte of the line, inside the block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(RamBlock block, long offset)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(block.Host + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int MarkReceived(RamBlock block, long page, ulong bit) =>
        Set(ref Unsafe.Add(ref block.Received.Words, (nint)(page >> 6)), bit) == 0 ? 1 : 0;

    // Returns which of the bits were set before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Set(ref ulong word, ulong bits)
    {
        if (IsConcurrent)
            return Interlocked.Or(ref word, bits) & bits;
        ulong before = word;
        Volatile.Write(ref word, before | bits);
        return before & bits;
    }

    // Returns how many of the bits were not set before.
    private int SetRange(ref ulong words, long first, long count)
    {
        int fresh = 0;
        while (count > 0)
        {
            int shift = (int)(first & 63);
            int width = (int)Math.Min(64 - shift, count);
            ulong bits = (width == 64 ? ulong.MaxValue : (1UL << width) - 1) << shift;
            fresh += width - BitOperations.PopCount(Set(ref Unsafe.Add(ref words, (nint)(first >> 6)), bits));
            first += width;
            count -= width;
        }
        return fresh;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ClearUnlessZero(RamBlock block, long page)
    {
        _watch?.WriteBegins(block.Name, page, 1);
        Span<byte> content = new(block.Host + (page << PageShift), PageSizeBytes);
        if (content.ContainsAnyExcept((byte)0))
            content.Clear();
        _watch?.WriteEnded(block.Name, page, 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Populate(RamBlock block, long page)
    {
        long pages = Math.Min(PopulateWindowPages, (block.UsedLengthBytes >> PageShift) - page);
        block.Region.Populate(page << PageShift, pages << PageShift);
    }

    /// <summary>Describes the RAM.</summary>
    /// <returns>Blocks and lengths.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (RamBlock block in _blocks)
            text.Append(text.Length == 0 ? "" : ", ").Append($"{block.Name} {block.UsedLengthBytes:#,0}");
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RamBlock block in _blocks)
            block.Region.Dispose();
    }
}
