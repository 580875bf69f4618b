using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Pages taken for pages of 4096 bytes: right on x86, wrong where pages can vary.</summary>
internal static class PageSizeBugs
{
    private const string State = "src/Qemu.Migration.Destination/MigrationIncomingState.cs";
    private const string Configuration = "src/Qemu.Migration.Destination/Loading/ConfigurationLoader.cs";
    private const string Commands = "src/Qemu.Migration.Destination/Loading/PostcopyCommands.cs";
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";
    private const string Mapped = "src/Qemu.Migration.Destination/MappedRam/MappedRamLoader.cs";
    private const string Touch = "src/Qemu.Migration.Destination/Qapi/Commands/MigrationCommands.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(State, "remaining-in-usual-pages", "slip", "what remains is counted in pages of 4096 bytes",
            "Math.Max(0, total - (received.Unique << _memory.PageShift))", "Math.Max(0, total - (received.Unique << 12))"),
        Bug(State, "multifd-bytes-in-usual-pages", "slip", "bytes of pages in a file are counted in pages of 4096 bytes",
            "sum.MultifdBytes = sum.Normal << _memory.PageShift;", "sum.MultifdBytes = sum.Normal << 12;"),
        Bug(Configuration, "page-bits-of-x86", "slip", "a stream that does not tell its page size is taken for one of 4096 bytes",
            "long smallestPageBits = machine.PageSizeBytes == 4096 ? 12 : 10;",
            "long smallestPageBits = int.Log2(machine.PageSizeBytes);"),
        Bug(Commands, "discard-in-usual-pages", "slip", "a range that is thrown away is counted in pages of 4096 bytes",
            "_memory.Discard(block, offset >> _memory.PageShift, lengthBytes >> _memory.PageShift));",
            "_memory.Discard(block, offset >> 12, lengthBytes >> 12));"),
        Bug(Commands, "bitmap-of-usual-pages", "slip", "the bitmap that a source gets has a bit for each 4096 bytes",
            "await session.ReturnPath!.RecvBitmapAsync(block, block.UsedLengthBytes >> _memory.PageShift);",
            "await session.ReturnPath!.RecvBitmapAsync(block, block.UsedLengthBytes >> 12);"),
        Bug(Receiver, "packets-of-usual-pages", "slip", "a packet may have as many pages as one of pages of 4096 bytes",
            "int room = MultifdPacket.PagesPerPacket(memory.PageSizeBytes);", "int room = MultifdPacket.PagesPerPacket(4096);"),
        Bug(Mapped, "mapped-ram-bitmap-of-usual-pages", "slip", "the bitmap of a block has a bit for each 4096 bytes",
            "long pages = block.UsedLengthBytes >> memory.PageShift;", "long pages = block.UsedLengthBytes >> 12;"),
        Bug(Touch, "touch-in-usual-pages", "slip", "x-touch counts in pages of 4096 bytes",
            "long first = (long)offset >> migration.Memory.PageShift;", "long first = (long)offset >> 12;"),
    ];
}
