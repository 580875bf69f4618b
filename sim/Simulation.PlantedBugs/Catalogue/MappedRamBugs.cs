using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in mapped-ram files and their readers.</summary>
internal static class MappedRamBugs
{
    private const string Loader = "src/Qemu.Migration.Destination/MappedRam/MappedRamLoader.cs";
    private const string Header = "src/Qemu.Migration.Wire/MappedRamHeader.cs";
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Memory, "mapped-ram-zero-pages-not-cleared", "9.2 #49", "pages that are not in the file keep what was in memory",
            "if (_watch is not null || block.Touched[page])", "if (block.Received[page])"),
        Bug(Loader, "mapped-ram-bitmap-in-wrong-byte-order", "slip", "the bitmap's words are read big-endian",
            "BinaryPrimitives.ReadUInt64LittleEndian(bits[(int)(page >> 6 << 3)..])",
            "BinaryPrimitives.ReadUInt64BigEndian(bits[(int)(page >> 6 << 3)..])"),
        Bug(Loader, "mapped-ram-last-chunk-not-read", "slip", "a chunk that is not full is left out",
            "new((pages + ChunkPages - 1) / ChunkPages);", "new(pages / ChunkPages);"),
        Bug(Header, "mapped-ram-version-not-checked", "slip", "a header of a newer version is read as the old one",
            "if (header.Version > NewestVersion)", "if (header.Version > 2)"),
        Bug(Header, "mapped-ram-oldest-version-refused", "5", "a header of version 0 is refused",
            "if (header.Version > NewestVersion)", "if (header.Version != NewestVersion)"),
        Bug(Loader, "mapped-ram-alignment-not-checked", "L15", "pages at an odd place are read",
            "header.PagesOffset % (ulong)memory.PageSizeBytes == 0 && ", ""),
        Bug(Loader, "mapped-ram-end-inside-pages-accepted", "L15", "pages that lie behind the file's end are left out",
            "if (!await reader.ReadAtAsync(offset, place.At(memory.PlaceRun(block, page, (int)run))))",
            "if (!await reader.ReadAtAsync(offset, place.At(memory.PlaceRun(block, page, (int)run))) && run == 1)"),
        Bug(Loader, "mapped-ram-bitmap-cut-accepted", "slip", "a bitmap that is not whole is used as far as it goes",
            "|| !await reader.ReadAtAsync((long)header.BitmapOffset, bits))",
            "|| (!await reader.ReadAtAsync((long)header.BitmapOffset, bits) && pages == 0))"),
        Bug(Loader, "mapped-ram-bytes-not-counted", "C4", "bytes of pages in a file are not transferred bytes",
            "received.RecordBytes += length;", ""),
        Bug(Loader, "mapped-ram-zero-pages-not-counted", "C4", "pages that are not in the file are not counted",
            "received.ZeroPages += run;", ""),
        Bug(Loader, "mapped-ram-pages-not-counted", "C4", "pages of a file are not counted",
            "received.NormalPages += run;", ""),
        Bug(Loader, "mapped-ram-runs-counted", "slip", "of a run of pages only the first is counted",
            "received.NormalPages += run;", "received.NormalPages++;"),
        Bug(Loader, "mapped-ram-done-when-first-reader-is", "9.2 #43", "the block counts as loaded when its first reader is done",
            "await environment.WaitFor(Task.WhenAll(tasks));", "await environment.WaitFor(Task.WhenAny(tasks));", BugKind.Concurrency),
        Bug(Loader, "mapped-ram-error-of-other-readers-lost", "slip", "only the first reader's error fails the migration",
            "return Array.Find(errors, e => e is not null);", "return errors[0];", BugKind.Concurrency),
        Bug(Loader, "mapped-ram-readers-share-a-buffer", "9.2 #38 kin", "all readers of a file read to where the last one wants to",
            """
            private async Task<StreamError?> LoadChunksAsync(
                    RamBlock block, MappedRamHeader header, Memory<byte> bits, long pages, Chunks chunks)
                {
                    GuestPages place = new();
            """,
            """
            private readonly GuestPages _shared = new();

                private async Task<StreamError?> LoadChunksAsync(
                    RamBlock block, MappedRamHeader header, Memory<byte> bits, long pages, Chunks chunks)
                {
                    GuestPages place = _shared;
            """, BugKind.Concurrency),
        Bug(Loader, "mapped-ram-chunk-counted-over-others", "C12", "what other readers count while a chunk is read is lost",
            """
            if (await LoadChunkAsync(block, header, bits, first, end, place) is { } error)
                            return error;
            """,
            """
            long others = state.MainCounters.UniquePages;
                        if (await LoadChunkAsync(block, header, bits, first, end, place) is { } error)
                            return error;
                        state.MainCounters.AddShared(new() { UniquePages = Math.Min(0, others + (end - first) - state.MainCounters.UniquePages) });
            """, BugKind.Concurrency),
        Bug(Loader, "mapped-ram-pages-behind-the-end-cleared", "C7 kin", "pages that lie behind the file's end are cleared before the migration fails",
            "// What the chunk brought before is in memory: it counts.",
            "received.UniquePages += memory.ZeroPages(block, page, run);\n                    received.ZeroPages += run;"),
    ];
}
