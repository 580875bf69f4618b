using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace TestKit;

/// <summary>A crafted stream for <c>-M none -m 1M</c>: what is odd about it, and what must come of it.</summary>
/// <param name="Name">What is odd, in words with dashes.</param>
/// <param name="Code">The error it must end in, or None where a real destination accepts it.</param>
/// <param name="Stream">Its bytes.</param>
/// <param name="Capabilities">Capabilities that must be on, separated by commas.</param>
public sealed record CraftedStream(string Name, StreamErrorCode Code, byte[] Stream, string Capabilities = "")
{
    /// <summary>The file's name in the corpus: code, oddity and capabilities.</summary>
    public string FileName => $"{Code}--{Name}{(Capabilities.Length == 0 ? "" : "--" + Capabilities)}.bin";

    public static CraftedStream FromFile(string path)
    {
        string[] parts = Path.GetFileNameWithoutExtension(path).Split("--");
        return new(parts[1], Enum.Parse<StreamErrorCode>(parts[0]), File.ReadAllBytes(path), parts.Length > 2 ? parts[2] : "");
    }

    public override string ToString() => FileName;
}

/// <summary>
/// Each error of the stream reference's sections 1 to 3 and 6.1, and what a real destination accepts though no source sends it.
/// They are the malformed corpus: <c>corpus/malformed</c> holds exactly these.
/// </summary>
public static partial class CraftedStreams
{
    public const long RamBytes = 1 << 20;
    private const int PageBytes = 4096;
    private static readonly byte[] Content = [.. Enumerable.Range(0, PageBytes).Select(i => unchecked((byte)(i * 7 + 1)))];

    /// <summary>The machine they are for. Its RAM is shared, so that x-ignore-shared has something to ignore.</summary>
    public static MachineProfile Machine { get; } =
        MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = RamBytes, Shared = true });

    public static IReadOnlyList<CraftedStream> Malformed { get; } =
    [
        .. Framing(), .. Configuration(), .. Sections(), .. Records(), .. BlockLists(), .. Deltas(), .. Commands(), .. MappedRam(), .. Postcopy(),
    ];

    public static IReadOnlyList<CraftedStream> Accepted { get; } = [.. Odd(), .. OddPostcopy()];

    /// <summary>A good small stream: three kinds of record, device state, description.</summary>
    public static byte[] Good(int pageBytes = PageBytes, long ramBytes = RamBytes, string machine = "none")
    {
        byte[] content = Content[..pageBytes];
        return new StreamBuilder().Header().Configuration(machine)
            .RamStart().MemSize(("ram", ramBytes)).Eos().Footer(1)
            .Part(2, 1).Zero(0, "ram").Page((ulong)pageBytes, content).Delta((ulong)pageBytes, [3, 2, 9, 9]).Eos().Footer(1)
            .Command(11)
            .Part(3, 1).Page((ulong)(2 * pageBytes), content).Eos().Footer(1)
            .Timer().GlobalState("running").End().VmDescription()
            .ToArray();
    }

    /// <summary>A stream up to its first section.</summary>
    public static StreamBuilder Opening => new StreamBuilder().Header().Configuration();

    /// <summary>A stream up to its first RAM record.</summary>
    public static StreamBuilder Ram => Opening.RamStart().MemSize(("ram", RamBytes));

    private static CraftedStream Case(string name, StreamErrorCode code, StreamBuilder stream, string capabilities = "") =>
        new(name, code, stream.ToArray(), capabilities);

    private static CraftedStream[] Framing() =>
    [
        Case("empty", StreamErrorCode.Truncated, new()),
        Case("magic-short", StreamErrorCode.Truncated, new StreamBuilder().Raw("QEV"u8)),
        Case("magic-wrong", StreamErrorCode.NotAMigrationStream, new StreamBuilder().Header(0x5145564e).Configuration().End()),
        Case("magic-short-and-wrong", StreamErrorCode.NotAMigrationStream, new StreamBuilder().Raw("GET"u8)),
        Case("version-2", StreamErrorCode.ObsoleteVersion, new StreamBuilder().Header(version: 2).Configuration().End()),
        Case("version-4", StreamErrorCode.UnsupportedVersion, new StreamBuilder().Header(version: 4).Configuration().End()),
        Case("header-only", StreamErrorCode.Truncated, new StreamBuilder().Header()),
        Case("no-end", StreamErrorCode.Truncated, Opening),
        Case("type-5-at-top-level", StreamErrorCode.UnknownSectionType, Opening.U8(5).End()),
        Case("type-6-at-top-level", StreamErrorCode.UnknownSectionType, Opening.U8(6).End()),
        Case("type-7-twice", StreamErrorCode.UnknownSectionType, Opening.Configuration().End()),
        Case("type-126-at-top-level", StreamErrorCode.UnknownSectionType, Opening.Footer(0).End()),
        Case("type-255", StreamErrorCode.UnknownSectionType, Opening.U8(255).End()),
        Case("page-cut", StreamErrorCode.Truncated, Ram.Page(0, Content.AsSpan(..100), "ram")),
        Case("block-name-cut", StreamErrorCode.Truncated, Ram.U64(RamFlags.Zero).U8(3).Raw("ra"u8)),
        Case("footer-cut", StreamErrorCode.Truncated, Ram.Eos().U8(0x7e).U8(0)),
    ];

    private static CraftedStream[] Configuration() =>
    [
        Case("missing", StreamErrorCode.ConfigurationMissing, new StreamBuilder().Header().RamStart().Eos().Footer(1).End()),
        Case("name-of-4-GiB", StreamErrorCode.MachineNameTooLong, new StreamBuilder().Header().U8(7).U32(uint.MaxValue).Raw("none"u8)),
        Case("other-machine", StreamErrorCode.MachineMismatch, new StreamBuilder().Header().Configuration("pc").End()),
        Case("longer-name", StreamErrorCode.MachineMismatch, new StreamBuilder().Header().Configuration("none-x").End()),
        Case("L13-prefix-of-the-name", StreamErrorCode.MachineMismatch, new StreamBuilder().Header().Configuration("no").End()),
        Case("L13-empty-name", StreamErrorCode.MachineMismatch, new StreamBuilder().Header().Configuration("").End()),
        Case("page-bits-13", StreamErrorCode.TargetPageBitsMismatch,
            Opening.Subsection("configuration/target-page-bits").U32(13).End()),
        Case("unknown-capability", StreamErrorCode.UnknownCapability,
            Opening.Subsection("configuration/capabilities").U32(1).Str8("teleport").End()),
        Case("capabilities-4-billion", StreamErrorCode.UnknownCapability,
            Opening.Subsection("configuration/capabilities").U32(uint.MaxValue).Str8("xbzrle").End()),
        Case("capability-only-there", StreamErrorCode.CapabilityMismatch,
            Opening.Subsection("configuration/capabilities").U32(1).Str8("x-ignore-shared").End()),
        Case("capability-only-here", StreamErrorCode.CapabilityMismatch, Opening.End(), "x-ignore-shared"),
        Case("capabilities-twice", StreamErrorCode.CapabilityMismatch,
            Opening.Subsection("configuration/capabilities").U32(1).Str8("x-ignore-shared")
                .Subsection("configuration/capabilities").U32(1).Str8("multifd").End(), "x-ignore-shared"),
        Case("mapped-ram-only-there", StreamErrorCode.CapabilityMismatch,
            Opening.Subsection("configuration/capabilities").U32(1).Str8("mapped-ram").End()),
        Case("unknown-subsection", StreamErrorCode.UnknownSubsection, Opening.Subsection("configuration/colour").End()),
        Case("subsection-in-a-subsection", StreamErrorCode.UnknownSubsection,
            Opening.Subsection("configuration/uuid").Raw(new byte[16]).Subsection("configuration/uuid\0x").Raw(new byte[16]).End()),
        Case("subsection-name-cut", StreamErrorCode.Truncated,
            new StreamBuilder().Header().Configuration("nine").U8(5).U8(27).Raw("configuration/"u8)),
        Case("subsection-v0", StreamErrorCode.SectionVersionTooOld,
            Opening.Subsection("configuration/capabilities", 0).U32(0).End()),
        Case("subsection-too-new", StreamErrorCode.SubsectionVersionTooNew,
            Opening.Subsection("configuration/capabilities", 2).U32(0).End()),
    ];

    private static CraftedStream[] Sections() =>
    [
        Case("no-name", StreamErrorCode.SectionNameMissing, Opening.Section(4, 9, "", 0, 1).Footer(9).End()),
        Case("unknown-name", StreamErrorCode.UnknownSection, Opening.Section(4, 9, "e1000", 0, 1).Footer(9).End()),
        Case("unknown-instance", StreamErrorCode.UnknownSection, Opening.Section(4, 9, "timer", 1, 2).Footer(9).End()),
        Case("ram-instance-1", StreamErrorCode.UnknownSection, Opening.Section(1, 1, "ram", 1, 4).Eos().Footer(1).End()),
        Case("timer-v80000001", StreamErrorCode.SectionVersionTooNew, Opening.Timer(version: 0x80000001).End()),
        Case("timer-v3", StreamErrorCode.SectionVersionTooNew, Opening.Timer(version: 3).End()),
        Case("timer-v0", StreamErrorCode.SectionVersionTooOld, Opening.Timer(version: 0).End()),
        Case("ram-v5", StreamErrorCode.SectionVersionTooNew, Opening.Section(1, 1, "ram", 0, 5).Eos().Footer(1).End()),
        Case("ram-v3", StreamErrorCode.RamVersion, Opening.Section(1, 1, "ram", 0, 3).Eos().Footer(1).End()),
        Case("part-of-unknown-id", StreamErrorCode.UnknownSectionId, Opening.Part(2, 77).Eos().Footer(77).End()),
        Case("part-0-before-any-start", StreamErrorCode.SectionVersionTooOld, Opening.Part(2, 0).Eos().Footer(0).End()),
        Case("id-rebound", StreamErrorCode.UnknownSectionId,
            Ram.Eos().Footer(1).RamStart(8).Eos().Footer(8).Part(2, 1).Eos().Footer(1).End()),
        Case("footer-missing", StreamErrorCode.FooterMismatch, Ram.Eos().End()),
        Case("footer-of-other-section", StreamErrorCode.FooterMismatch, Ram.Eos().Footer(2).End()),
        Case("timer-subsection", StreamErrorCode.UnknownSubsection,
            Opening.Section(4, 0, "timer", 0, 2).U64(1).U64(0).U64(2).Subsection("timer/extra").Footer(0).End()),
        Case("not-a-run-state", StreamErrorCode.InvalidRunState, Opening.GlobalState("dreaming").End()),
        Case("run-state-debug", StreamErrorCode.InvalidRunState, Opening.GlobalState("debug").End()),
        Case("run-state-restore-vm", StreamErrorCode.InvalidRunState, Opening.GlobalState("restore-vm").End()),
        Case("run-state-save-vm", StreamErrorCode.InvalidRunState, Opening.GlobalState("save-vm").End()),
        Case("not-a-run-state-and-a-subsection", StreamErrorCode.UnknownSubsection,
            Opening.GlobalState("dreaming", subsection: "globalstate/extra").End()),
        Case("empty-run-state", StreamErrorCode.InvalidRunState, Opening.GlobalState("").End()),
        Case("dirty-bitmap", StreamErrorCode.SectionUnsupported, Opening.Section(1, 2, "dirty-bitmap", 0, 1).U8(0x10).Str8("disk").U8(1).Footer(2).End()),
    ];

    private static IEnumerable<CraftedStream> Records()
    {
        foreach (uint flags in (uint[])[0, 1, 0x100, 0x400, 0x800, 0xa, 0x18, 0x14, 0x210, 0xff])
        {
            yield return Case($"flags-{flags:x}", StreamErrorCode.UnknownRamFlags, Ram.U64(flags).Str8("ram").Eos().Footer(1).End());
        }
        yield return Case("continue-first", StreamErrorCode.ContinueWithoutBlock, Ram.Zero(0).Eos().Footer(1).End());
        yield return Case("unknown-block", StreamErrorCode.UnknownBlock, Ram.Zero(0, "vga.vram").Eos().Footer(1).End());
        yield return Case("unnamed-block", StreamErrorCode.UnknownBlock, Ram.Zero(0, "").Eos().Footer(1).End());
        yield return Case("shared-block", StreamErrorCode.BlockNotMigratable, Ignoring(0).Zero(0, "ram").Eos().Footer(1).End(), "x-ignore-shared");
        yield return Case("zero-at-end", StreamErrorCode.OffsetOutOfRange, Ram.Zero(RamBytes, "ram").Eos().Footer(1).End());
        yield return Case("page-at-end", StreamErrorCode.OffsetOutOfRange, Ram.Page(RamBytes, Content, "ram").Eos().Footer(1).End());
        yield return Case("page-far-away", StreamErrorCode.OffsetOutOfRange,
            Ram.Page(0xfffffffffffff000, Content, "ram").Eos().Footer(1).End());
        yield return Case("delta-at-end", StreamErrorCode.OffsetOutOfRange, Ram.Delta(RamBytes, [0, 1, 1], "ram").Eos().Footer(1).End());
        yield return Case("zero-filled-with-aa", StreamErrorCode.ZeroPageNotZero, Ram.Zero(0, "ram", 0xaa).Eos().Footer(1).End());
    }

    private static CraftedStream[] BlockLists() =>
    [
        Case("unknown-block", StreamErrorCode.MemSizeUnknownBlock,
            Opening.RamStart().MemSize(("ram", RamBytes), ("rom", PageBytes)).Eos().Footer(1).End()),
        Case("shorter-block", StreamErrorCode.BlockLengthMismatch,
            Opening.RamStart().MemSize(("ram", RamBytes / 2)).Eos().Footer(1).End()),
        Case("longer-block", StreamErrorCode.BlockLengthMismatch,
            Opening.RamStart().MemSize(("ram", RamBytes * 2)).Eos().Footer(1).End()),
        Case("lengths-exceed-total", StreamErrorCode.MemSizeTotalMismatch,
            Opening.RamStart().U64(PageBytes | RamFlags.MemSize).Str8("ram").U64(RamBytes).Eos().Footer(1).End()),
        Case("total-exceeds-lengths", StreamErrorCode.MemSizeUnknownBlock,
            Opening.RamStart().U64(2 * RamBytes | RamFlags.MemSize).Str8("ram").U64(RamBytes).Eos().Footer(1).End()),
        Case("shared-block-elsewhere", StreamErrorCode.GuestAddressMismatch, Ignoring(0x1000).Eos().Footer(1).End(), "x-ignore-shared"),
        Case("list-cut", StreamErrorCode.Truncated, Opening.RamStart().U64(RamBytes | RamFlags.MemSize).Str8("ram").U32(0)),
    ];

    private static CraftedStream[] Deltas() =>
    [
        Case("encoding-2", StreamErrorCode.XbzrleWrongCompression, Ram.Delta(0, [0, 1, 1], "ram", encoding: 2).Eos().Footer(1).End()),
        Case("length-4097", StreamErrorCode.XbzrleLengthOverflow, Ram.Delta(0, new byte[4097], "ram").Eos().Footer(1).End()),
        Broken("one-byte", [5]),
        Broken("trailing-zero-run", [0, 1, 1, 4, 1, 2, 9]),
        Broken("run-beyond-page", [0xff, 0x1f, 2, 1, 1]),
        Broken("zero-run-beyond-page", [0x81, 0x20, 1, 1]),
        Broken("empty-run", [4, 0]),
        Broken("zero-run-of-0-later", [0, 1, 1, 0, 1, 1]),
        Broken("run-beyond-payload", [0, 5, 1, 1]),
        Broken("three-byte-length", [0x81, 0x81, 0x01, 1, 1]),
    ];

    private static CraftedStream Broken(string name, byte[] delta) =>
        Case("delta-" + name, StreamErrorCode.XbzrleDecodeError, Ram.Delta(0, delta, "ram").Eos().Footer(1).End());

    private static CraftedStream[] Commands() =>
    [
        Case("command-0", StreamErrorCode.UnknownCommand, Opening.Command(0).End()),
        Case("command-12", StreamErrorCode.UnknownCommand, Opening.Command(12).End()),
        Case("colo", StreamErrorCode.UnknownCommand, Opening.Command(8).End()),
        Case("ping-of-3-bytes", StreamErrorCode.CommandLength, Opening.Command(1).Command(2, 0, 0, 1).End()),
        Case("switchover-with-payload", StreamErrorCode.CommandLength, Opening.Command(11, 0).End()),
        Case("advise-of-7-bytes", StreamErrorCode.CommandLength, Opening.Command(3, 0, 0, 0, 0, 0, 0, 0).End()),
        Case("ping-without-return-path", StreamErrorCode.PingWithoutReturnPath, Opening.Command(2, 0, 0, 0, 1).End()),
        Case("advise-twice", StreamErrorCode.CommandInWrongState, Opening.Command(3).Command(3).End()),
        Case("listen", StreamErrorCode.CommandInWrongState, Opening.Command(4).End()),
        Case("advise-with-postcopy", StreamErrorCode.PostcopyUnsupported, Opening.Command(3, new byte[16]).End()),
        Case("recv-bitmap-of-unknown-block", StreamErrorCode.UnknownBlock, Opening.Command(10, 3, 0x72, 0x6f, 0x6d).End()),
        Case("recv-bitmap-length", StreamErrorCode.CommandLength, Opening.Command(10, 3, 0x72, 0x61, 0x6d, 0).End()),
        Case("command-cut", StreamErrorCode.Truncated, Opening.U8(8).U16(2)),
    ];

    private static CraftedStream[] MappedRam() =>
    [
        Mapped("version-2", StreamErrorCode.MappedRamVersion, version: 2),
        Mapped("page-size-0", StreamErrorCode.MappedRamPageSize, pageBytes: 0),
        Mapped("page-size-8192", StreamErrorCode.MappedRamPageSize, pageBytes: 8192),
        Mapped("pages-unaligned", StreamErrorCode.MappedRamAlignment, pagesOffset: 0x100001),
        Mapped("pages-far-away", StreamErrorCode.MappedRamAlignment, pagesOffset: 0xfffffffffffff000),
        Mapped("bitmap-beyond-file", StreamErrorCode.Truncated, bitmapOffset: 1 << 30),
        Mapped("pages-beyond-file", StreamErrorCode.Truncated, pagesOffset: 1 << 30),
        Mapped("bitmap-beyond-file-and-pages-unaligned", StreamErrorCode.Truncated, bitmapOffset: 1UL << 63, pagesOffset: 0x100001),
        Mapped("L15-length-of-no-whole-pages", StreamErrorCode.BlockLengthMismatch, lengthBytes: RamBytes - 0x400),
        Mapped("L15-shorter-block", StreamErrorCode.BlockLengthMismatch, lengthBytes: RamBytes / 2),
        Case("header-cut", StreamErrorCode.Truncated,
            MappedOpening.U64(RamBytes | RamFlags.MemSize).Str8("ram").U64(RamBytes).U32(1), "mapped-ram"),
        Case("zero-record", StreamErrorCode.MappedRamRecord, MappedOpening.Zero(0, "ram").Eos().Footer(1).End(), "mapped-ram"),
        Case("record-of-two-kinds", StreamErrorCode.MappedRamRecord,
            MappedOpening.U64(RamFlags.Zero | RamFlags.Page).Str8("ram").Eos().Footer(1).End(), "mapped-ram"),
        IgnoredInFile("shared-block-with-a-bitmap", StreamErrorCode.BlockNotMigratable, 1, bitmap: 0x100),
        IgnoredInFile("shared-block-with-pages", StreamErrorCode.BlockNotMigratable, 1, pages: 0x100000),
        Case("flush-record", StreamErrorCode.MappedRamRecord, MappedOpening.U64(RamFlags.MultifdFlush).Eos().Footer(1).End(), "mapped-ram"),
    ];

    private static StreamBuilder MappedOpening =>
        Opening.Subsection("configuration/capabilities").U32(1).Str8("mapped-ram").RamStart();

    // A whole file with one page of content in page 1, but for what the case changes.
    private static CraftedStream Mapped(
        string name, StreamErrorCode code, uint version = 1, ulong pageBytes = PageBytes, ulong bitmapOffset = 0, ulong pagesOffset = 0x100000,
        long lengthBytes = RamBytes)
    {
        ulong totalBytes = ((ulong)lengthBytes + PageBytes - 1) & ~(ulong)(PageBytes - 1);
        StreamBuilder stream = MappedOpening.U64(totalBytes | RamFlags.MemSize).Str8("ram").U64((ulong)lengthBytes);
        ulong bitmapHere = (ulong)stream.Length + MappedRamHeader.SizeBytes;
        stream.U32(version).U64(pageBytes).U64(bitmapOffset == 0 ? bitmapHere : bitmapOffset).U64(pagesOffset).Raw(2);
        stream.Raw(new byte[0x101000 - stream.Length]).Raw(Content);
        stream.Raw(new byte[0x100000 + RamBytes - stream.Length]).Eos().Footer(1).End();
        return Case(name, code, stream, "mapped-ram");
    }

    // Things no source sends and a real destination takes (sections 1.3, 1.4, 1.9, 1.10, 2.1, 2.3, 3.1).
    private static CraftedStream[] Odd() =>
    [
        Fine("nothing-but-header", Opening.End()),
        Fine("garbage-after-end", Opening.End().Raw(9, 9, 9)),
        Fine("description-truncated", Opening.End().U8(6).U32(100).Raw(1)),
        Fine("description-absurd", Opening.End().U8(6).U32(uint.MaxValue)),
        Fine("other-section-for-description", Opening.End().U8(1)),
        Fine("known-capability-not-compared", Opening.Subsection("configuration/capabilities").U32(1).Str8("multifd").End()),
        Fine("page-bits-12", Opening.Subsection("configuration/target-page-bits").U32(12).End()),
        Fine("uuid-without-local-one", Opening.Subsection("configuration/uuid").Raw(new byte[16]).End()),
        Fine("ram-as-full", Opening.Section(4, 1, "ram", 0, 4).MemSize(("ram", RamBytes)).Eos().Footer(1).End()),
        Fine("timer-as-start", Opening.Section(1, 0, "timer", 0, 2).U64(1).U64(0).U64(2).Footer(0).End()),
        Fine("timer-v1", Opening.Timer(version: 1).End()),
        Fine("id-500", Opening.RamStart(500).MemSize(("ram", RamBytes)).Eos().Footer(500).Part(2, 500).Eos().Footer(500).End()),
        Fine("end-twice-and-part-after-end", Ram.Eos().Footer(1).Part(3, 1).Eos().Footer(1).Part(3, 1).Eos().Footer(1)
            .Part(2, 1).Eos().Footer(1).End()),
        Fine("full-twice", Opening.Timer().Timer().End()),
        Fine("no-block-list", Opening.RamStart().Eos().Footer(1).End()),
        Fine("block-list-twice", Ram.MemSize(("ram", RamBytes)).Eos().Footer(1).End()),
        Fine("block-list-of-0", Opening.RamStart().U64(RamFlags.MemSize).Eos().Footer(1).End()),
        Fine("block-twice-in-list", Opening.RamStart().MemSize(("ram", RamBytes), ("ram", RamBytes)).Eos().Footer(1).End()),
        Fine("hook", Ram.U64(RamFlags.Hook).Eos().Footer(1).End()),
        Fine("flush-without-multifd", Ram.U64(RamFlags.MultifdFlush).Eos().Footer(1).End()),
        Fine("continue-on-eos", Ram.U64(RamFlags.Eos | RamFlags.Continue).Footer(1).End()),
        Fine("address-on-eos", Ram.U64(0x5000 | RamFlags.Eos).Footer(1).End()),
        Fine("continue-across-sections", Ram.Zero(0, "ram").Eos().Footer(1).Part(2, 1).Page(0x1000, Content).Eos().Footer(1).End()),
        Fine("delta-without-capability-on-new-page", Ram.Delta(0, [2, 1, 7], "ram").Eos().Footer(1).End()),
        Fine("delta-of-0-bytes", Ram.Delta(0, [], "ram").Eos().Footer(1).End()),
        Fine("delta-non-canonical", Ram.Delta(0, [0x82, 0x00, 1, 7], "ram").Eos().Footer(1).End()),
        Fine("run-state-inmigrate", Opening.GlobalState("inmigrate").End()),
        Fine("run-state-finish-migrate", Opening.GlobalState("finish-migrate").End()),
        Fine("return-path-twice", Opening.Command(1).Command(1).Command(2, 0, 0, 0, 7).End()),
        Fine("empty-advise", Opening.Command(3).End()),
        Fine("resume-outside-recovery", Opening.Command(9).End()),
        Fine("recv-bitmap-outside-recovery", Opening.Command(10, 3, 0x72, 0x61, 0x6d).End()),
        Fine("switchover-twice", Opening.Command(11).Command(11).End()),
        Fine("names-with-nul-and-more", Opening.Section(1, 1, "ram\0x", 0, 4).MemSize(("ram\0y", RamBytes)).Zero(0, "ram\0z")
            .Eos().Footer(1).End()),
        Fine("subsection-name-with-nul-and-more", Opening.Subsection("configuration/capabilities\0x").U32(1).Str8("multifd\0x").End()),
        Fine("subsection-version-257", Opening.Subsection("configuration/capabilities", 0x101).U32(0).End()),
        Fine("machine-name-with-nul-and-more", new StreamBuilder().Header().Configuration("none\0x").End()),
        Fine("empty-dirty-bitmap", Opening.Section(1, 2, "dirty-bitmap", 0, 1).U8(1).Footer(2).End()),
        Mapped("mapped-ram-of-one-page", StreamErrorCode.None),
        Mapped("mapped-ram-version-0", StreamErrorCode.None, version: 0),
        Fine("shared-block-ignored", Ignoring(0).Eos().Footer(1).End(), "x-ignore-shared"),
        IgnoredInFile("shared-block-ignored-in-file", StreamErrorCode.None, 1),
        IgnoredInFile("shared-block-ignored-in-file-of-version-0", StreamErrorCode.None, 0),
    ];

    private static CraftedStream IgnoredInFile(string name, StreamErrorCode code, uint version, ulong bitmap = 0, ulong pages = 0) => Case(
        name, code,
        Opening.Subsection("configuration/capabilities").U32(2).Str8("x-ignore-shared").Str8("mapped-ram")
            .RamStart().U64(RamBytes | RamFlags.MemSize).Str8("ram").U64(RamBytes).U64(0).U32(version).U64(PageBytes).U64(bitmap).U64(pages)
            .Eos().Footer(1).End(),
        "x-ignore-shared,mapped-ram");

    private static CraftedStream Fine(string name, StreamBuilder stream, string capabilities = "") =>
        Case(name, StreamErrorCode.None, stream, capabilities);

    private static StreamBuilder Ignoring(ulong address) =>
        Opening.Subsection("configuration/capabilities").U32(1).Str8("x-ignore-shared")
            .RamStart().U64(RamBytes | RamFlags.MemSize).Str8("ram").U64(RamBytes).U64(address);
}
