using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in places that are far away: offsets beyond 32 bits, bitmaps of more than a page, files that begin elsewhere.</summary>
internal static class FarPlaceBugs
{
    private const string Loader = "src/Qemu.Migration.Destination/Loading/RamLoader.cs";
    private const string Mapped = "src/Qemu.Migration.Destination/MappedRam/MappedRamLoader.cs";
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";
    private const string List = "src/Qemu.Migration.Destination/Loading/BlockListLoader.cs";
    private const string Reader = "src/Qemu.Migration.Destination/QemuFileReader.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Loader, "page-offset-in-32-bits", "slip", "a record's offset is kept in 32 bits",
            "ulong pageOffset = header & ~flagMask;", "ulong pageOffset = unchecked((uint)(header & ~flagMask));"),
        Bug(Receiver, "multifd-offset-in-32-bits", "slip", "the places of a packet's pages are kept in 32 bits",
            "private long PageAt(int index) => (long)(MultifdPacketHeader.Offset(_header, index) >> memory.PageShift);",
            "private long PageAt(int index) => unchecked((uint)MultifdPacketHeader.Offset(_header, index)) >> memory.PageShift;"),
        Bug(List, "block-length-in-32-bits", "slip", "a block's length is kept in 32 bits",
            "ulong length = entry.LengthBytes;", "ulong length = unchecked((uint)entry.LengthBytes);"),
        Bug(Mapped, "mapped-ram-pages-offset-in-32-bits", "slip", "the place of a file's pages is kept in 32 bits",
            "long offset = (long)header.PagesOffset + (page << memory.PageShift);",
            "long offset = unchecked((uint)header.PagesOffset) + (page << memory.PageShift);"),
        Bug(Mapped, "mapped-ram-page-place-in-32-bits", "slip", "how far a page is from the first one is kept in 32 bits",
            "long offset = (long)header.PagesOffset + (page << memory.PageShift);",
            "long offset = (long)header.PagesOffset + unchecked((uint)(page << memory.PageShift));"),
        Bug(Mapped, "mapped-ram-bitmap-word-in-one-page", "slip", "of a bitmap only the first page is looked at, again and again",
            "bits[(int)(page >> 6 << 3)..]", "bits[((int)(page >> 6 << 3) & 4095)..]"),
        Bug(Mapped, "mapped-ram-chunk-ends-early", "slip", "a chunk's last page is left out where another chunk follows",
            "long end = Math.Min(first + ChunkPages, pages);", "long end = first + ChunkPages < pages ? first + ChunkPages - 1 : pages;"),
        Bug(Mapped, "mapped-ram-chunk-number-in-8-bits", "slip", "chunks are numbered in 8 bits",
            "long first = chunk * ChunkPages;", "long first = unchecked((byte)chunk) * ChunkPages;"),
        Bug(Reader, "mapped-ram-places-from-the-origin", "slip", "offsets of a file that begins elsewhere count from there",
            "offset -= _channel.OriginBytes;", ""),
        Bug(Reader, "lent-places-from-the-origin", "slip", "offsets of a lent file that begins elsewhere count from there",
            "return TryCopyLent(offset, destination);", "return TryCopyLent(offset + _channel.OriginBytes, destination);"),
    ];
}
