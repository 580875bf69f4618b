using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in the block list, in names and lengths of blocks.</summary>
internal static class BlockBugs
{
    private const string List = "src/Qemu.Migration.Destination/Loading/BlockListLoader.cs";
    private const string Loader = "src/Qemu.Migration.Destination/Loading/RamLoader.cs";
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.cs";
    private const string Block = "src/Qemu.Migration.Destination/Memory/RamBlock.cs";
    private const string State = "src/Qemu.Migration.Destination/MigrationIncomingState.cs";
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Memory, "total-from-largest-lengths", "slip", "the total counts a block with the length that it may grow to",
            "total += block.UsedLengthBytes;", "total += block.MaxLengthBytes;"),
        Bug(State, "remaining-from-largest-lengths", "slip", "what remains counts a block with the length that it may grow to",
            "RemainingBytes = Math.Max(0, total - (received.Unique",
            "RemainingBytes = Math.Max(0, _memory.Blocks.Where(b => !b.IsIgnored(_ignoreShared)).Sum(b => b.MaxLengthBytes) - (received.Unique"),
        Bug(State, "total-before-the-list", "slip", "the total keeps to the lengths that blocks had before the migration",
            "long total = _memory.MigratedBytes(_ignoreShared);",
            "long total = _memory.Blocks.Where(b => !b.IsIgnored(_ignoreShared)).Sum(b => b.Description.LengthBytes);"),
        Bug(List, "grown-block-not-resized", "9.2 #60", "a block that is longer at the source keeps its length",
            "block.UsedLengthBytes = (long)rounded;", "block.UsedLengthBytes = Math.Min(block.UsedLengthBytes, (long)rounded);"),
        Bug(List, "shrunk-block-not-resized", "9.2 #60", "a block that is shorter at the source keeps its length",
            "block.UsedLengthBytes = (long)rounded;", "block.UsedLengthBytes = Math.Max(block.UsedLengthBytes, (long)rounded);"),
        Bug(List, "block-may-not-grow-to-its-largest", "slip", "a block is refused the length that is its largest",
            "rounded > (ulong)block.MaxLengthBytes", "rounded >= (ulong)block.MaxLengthBytes"),
        Bug(List, "empty-block-ends-the-list", "slip", "the list is taken to end with a block that has no bytes",
            "remaining -= length;", "remaining = length == 0 ? 0 : remaining - length;"),
        Bug(Block, "blocks-that-stay-in-total", "C9 kin", "blocks that never migrate count as if they did",
            "!Description.Migratable || (ignoreShared && Description.Shared)", "ignoreShared && Description.Shared"),
        Bug(Memory, "block-found-by-a-prefix", "slip", "a block is found by a name that begins with its own",
            "if (utf8Name.SequenceEqual(block.Utf8Name))", "if (utf8Name.StartsWith(block.Utf8Name))"),
        Bug(Memory, "block-name-compared-by-32-bytes", "slip", "of a block's name the first 32 bytes are compared",
            "if (utf8Name.SequenceEqual(block.Utf8Name))",
            "if (utf8Name.Length == block.Utf8Name.Length && utf8Name[..Math.Min(32, utf8Name.Length)].SequenceEqual(block.Utf8Name.AsSpan(0, Math.Min(32, utf8Name.Length))))"),
        Bug(Loader, "last-block-kept-by-32-bytes", "slip", "a record stays with the last block when the first 32 bytes of the names agree",
            "if (_block is null || !name.SequenceEqual(_block.Utf8Name))",
            "if (_block is null || !name[..Math.Min(32, name.Length)].SequenceEqual(_block.Utf8Name.AsSpan(0, Math.Min(32, _block.Utf8Name.Length))))"),
        Bug(Receiver, "multifd-block-name-cut-at-64", "slip", "a packet's block is looked for by at most 64 bytes of its name",
            "_block = memory.Find(name);", "_block = memory.Find(name[..Math.Min(64, name.Length)]);"),
    ];
}
