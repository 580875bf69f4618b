using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in XBZRLE records and their deltas.</summary>
internal static class XbzrleBugs
{
    private const string Loader = "src/Qemu.Migration.Destination/Loading/RamLoader.cs";
    private const string Header = "src/Qemu.Migration.Wire/XbzrleHeader.cs";
    private const string Codec = "src/Qemu.Migration.Wire/Xbzrle.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Header, "xbzrle-length-in-wrong-byte-order", "slip", "the length of a delta is read little-endian",
            "BinaryPrimitives.ReadUInt16BigEndian(source[1..])", "BinaryPrimitives.ReadUInt16LittleEndian(source[1..])"),
        Bug(Header, "xbzrle-encoding-not-checked", "slip", "a delta of an unknown encoding is applied",
            "if (header.Encoding != Xbzrle.EncodingFlag)", "if (header.Encoding == 0)"),
        Bug(Loader, "xbzrle-length-not-checked", "slip", "a delta may be longer than a page",
            "if (length > memory.PageSizeBytes)", "if (length > ushort.MaxValue - 1)"),
        Bug(Loader, "xbzrle-bad-delta-ignored", "slip", "a delta that does not decode is skipped",
            "if (!memory.TryApplyDelta(block, page, record.Slice(headerEnd, length), out int first))",
            "if (!memory.TryApplyDelta(block, page, record.Slice(headerEnd, length), out int first) && length == 0)"),
        Bug(Codec, "xbzrle-run-reaches-beyond-payload", "slip", "a run may take more bytes than the payload has",
            "run > length - i)", "run > length - i + 64)"),
        Bug(Codec, "xbzrle-run-to-the-end-refused", "slip", "a run may not end with the page",
            "run > pageLength - d ||", "run >= pageLength - d ||"),
        Bug(Codec, "xbzrle-empty-run-accepted", "slip", "a run of no bytes is taken for one",
            "if (run == 0 || run > pageLength - d", "if (run == 0)\n                continue;\n            if (run > pageLength - d"),
        Bug(Codec, "xbzrle-zero-run-of-zero-accepted", "slip", "an empty gap in the middle of a delta is taken for one",
            "if (zeroRun == 0 && !first)", "if (zeroRun < 0 && !first)"),
        Bug(Codec, "xbzrle-trailing-gap-accepted", "slip", "a delta may end in a gap",
            "if (length - i < 3)\n                return false;", "if (length - i < 3)\n                return i > 0;"),
        Bug(Codec, "xbzrle-long-length-shifted-by-eight", "slip", "a length of two bytes is put together as if it had eight bits each",
            "value = (value & 0x7f) | (second << 7);", "value = (value & 0x7f) | (second << 8);"),
        Bug(Codec, "xbzrle-middle-of-short-run-lost", "slip", "a run of three bytes loses the one in the middle",
            "Unsafe.Add(ref dst, count >> 1) = Unsafe.Add(ref src, count >> 1);", ""),
        Bug(Codec, "xbzrle-run-of-32-loses-its-head", "9.2 #26 kin", "a run of sixteen and more bytes is written from its end only",
            "head.StoreUnsafe(ref dst);", "if (count < 32)\n                head.StoreUnsafe(ref dst);"),
    ];
}
