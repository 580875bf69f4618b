namespace Simulation.Source.Guest;

/// <summary>
/// A block at its place in <see cref="GuestRam"/>: pages are numbered through all blocks, as QEMU's ram_addr_t numbers bytes.
/// </summary>
/// <param name="Index">The block's place in the list, from 0.</param>
/// <param name="Layout">Name, length and attributes.</param>
/// <param name="FirstPage">Number of the block's first page.</param>
/// <param name="PageCount">Pages of the block.</param>
public sealed record GuestBlock(int Index, RamBlockLayout Layout, int FirstPage, int PageCount)
{
    /// <summary>The block's idstr.</summary>
    public string Name => Layout.Name;

    /// <summary>Number of the page behind the block's last.</summary>
    public int EndPage => FirstPage + PageCount;
}
