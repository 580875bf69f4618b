namespace Simulation.Source.Guest;

/// <summary>
/// A block at its place in <see cref="GuestRam"/>: pages are numbered through all blocks, as QEMU's ram_addr_t numbers bytes. Pages that
/// are free have no number.
/// </summary>
/// <param name="Index">The block's place in the list, from 0.</param>
/// <param name="Layout">Name, length and attributes.</param>
/// <param name="FirstPage">Number of the block's first page.</param>
/// <param name="PageCount">Pages of the block.</param>
/// <param name="PageBytes">TARGET_PAGE_SIZE.</param>
public sealed record GuestBlock(int Index, RamBlockLayout Layout, int FirstPage, int PageCount, int PageBytes)
{
    /// <summary>The block's idstr.</summary>
    public string Name => Layout.Name;

    /// <summary>Number of the page behind the block's last.</summary>
    public int EndPage => FirstPage + PageCount;

    /// <summary>Where a page lies in its block.</summary>
    /// <param name="page">Number of the page, one of the block's.</param>
    /// <returns>Its offset in the block, in bytes.</returns>
    public long OffsetOf(int page)
    {
        long offset = (long)(page - FirstPage) * PageBytes;
        return offset < Layout.FreeAtBytes ? offset : offset + Layout.FreeBytes;
    }
}
