using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in the records of the <c>ram</c> section and in guest memory.</summary>
internal static class RamBugs
{
    private const string Loader = "src/Qemu.Migration.Destination/Loading/RamLoader.cs";
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Loader, "zero-page-lost", "slip", "a zero page is counted and not written",
            "received.UniquePages += memory.ZeroPage(block, page);", "received.UniquePages += memory.Arrived(block, page);"),
        Bug(Memory, "zero-page-not-written-at-first", "L7", "the first zero page of a place is taken to be zero already",
            "if (_watch is not null || (Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)) & bit) != 0)",
            "if ((Unsafe.Add(ref block.Received.Words, (nint)(page >> 6)) & bit) != 0)"),
        Bug(Memory, "zero-page-half-cleared", "slip", "only the first half of a zero page is looked at",
            "if (content.ContainsAnyExcept((byte)0))", "if (content[..(content.Length / 2)].ContainsAnyExcept((byte)0))"),
        Bug(Memory, "written-page-not-touched", "slip", "a written page that becomes zero later is left as it is",
            """
            if (Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), bit) == 0
                        && (page & (PopulateWindowPages - 1)) == 0)
            """,
            """
            if ((page & (PopulateWindowPages - 1)) == 0
                        && Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), bit) == 0)
            """),
        Bug(Memory, "page-cut-short", "slip", "the last 64 bytes of a page are not stored",
            "in source, (uint)PageSizeBytes);", "in source, (uint)PageSizeBytes - 64);"),
        Bug(Loader, "stale-continue-block", "slip", "a block of a name as long as the last one's is taken for that one",
            "if (_block is null || !name.SequenceEqual(_block.Utf8Name))",
            "if (_block is null || name.Length != _block.Utf8Name.Length)"),
        Bug(Loader, "continue-without-block-accepted", "slip", "a first record with CONTINUE goes to the machine's first block",
            "else if (_block is null)", "else if ((_block ??= memory.Blocks.FirstOrDefault()) is null)"),
        Bug(Loader, "page-one-off", "slip", "the page behind a block's last is accepted",
            "if (_blockIgnored || pageOffset >= (ulong)block.UsedLengthBytes)",
            "if (_blockIgnored || pageOffset > (ulong)block.UsedLengthBytes)"),
        Bug(Loader, "zero-fill-not-checked", "slip", "a zero page filled with something else is taken for zero",
            "if (Unsafe.Add(ref record, body) != 0)", "if (Unsafe.Add(ref record, body) == 0xff)"),
        Bug(Loader, "flags-tested-as-bits", "slip", "a record of two kinds at once is taken for one of them",
            "if (kind is not (RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle))",
            "kind = (kind & RamFlags.Zero) != 0 ? RamFlags.Zero : kind;\n            if (kind is not (RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle))"),
        Bug(Loader, "hook-refused", "2.1", "a HOOK record fails the migration",
            "RamFlags.Hook => RamProgress.Yield,", ""),
        Bug(Loader, "compressed-page-ignored", "slip", "a COMPRESS_PAGE record is skipped as if nothing followed it",
            "RamFlags.Hook => RamProgress.Yield,", "RamFlags.Hook or 0x100 => RamProgress.Yield,"),
        Bug(Loader, "bitmap-before-data", "V8", "a page is marked received when its header is read",
            "if (left - body < pageSize)\n                {",
            "memory.Arrived(block, page);\n                if (left - body < pageSize)\n                {"),
        Bug(Loader, "page-stored-one-further", "slip", "pages of content go to the place behind their own",
            "received.UniquePages += memory.WriteRun(block, page, further + 1, ref Unsafe.Add(ref record, body), stride);",
            "received.UniquePages += memory.WriteRun(block, Math.Min(page + 1, (block.UsedLengthBytes >> pageShift) - further - 1), further + 1, ref Unsafe.Add(ref record, body), stride);"),
        Bug(Loader, "long-block-names-cut", "slip", "only the first character of a block's name is looked at",
            "RamBlock? found = memory.Find(name);",
            "byte first = name.IsEmpty ? (byte)0 : name[0];\n            RamBlock? found = memory.Blocks.FirstOrDefault(b => b.Name[0] == first);"),
    ];
}
