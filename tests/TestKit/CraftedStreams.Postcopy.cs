using Qemu.Migration.Wire;

namespace TestKit;

/// <content>Postcopy: sections 2.4 and 6.</content>
public static partial class CraftedStreams
{
    // Section 6 and 2.4, up to RUN: behind it nothing fails a migration.
    private static CraftedStream[] Postcopy() =>
    [
        Post("advise-empty", StreamErrorCode.PostcopyUnsupported, Opening.Command(3).End()),
        Post("advise-of-other-pages", StreamErrorCode.PostcopyUnsupported, Opening.Advise(pageSizes: 0x201000).End()),
        Post("advise-of-other-target-pages", StreamErrorCode.PostcopyUnsupported, Opening.Advise(targetPageBytes: 0x2000).End()),
        Post("advise-after-discard", StreamErrorCode.CommandInWrongState, PostcopyStreams.Precopy().Discard(1).Advise().End()),
        Post("discard-unadvised", StreamErrorCode.CommandInWrongState, Ram.Eos().Footer(1).Discard(1).End()),
        Post("discard-of-19-bytes", StreamErrorCode.CommandLength, PostcopyStreams.Precopy().DiscardBytes("", (0, 0x1000)).End()),
        Post("discard-of-unknown-block", StreamErrorCode.UnknownBlock, PostcopyStreams.Precopy().DiscardBytes("rom", (0, 0x1000)).End()),
        Post("discard-version-1", StreamErrorCode.DiscardMalformed,
            PostcopyStreams.Precopy().Command(6, [1, 3, 0x72, 0x61, 0x6d, 0, .. new byte[16]]).End()),
        Post("discard-without-nul", StreamErrorCode.DiscardMalformed,
            PostcopyStreams.Precopy().Command(6, [0, 3, 0x72, 0x61, 0x6d, 1, .. new byte[16]]).End()),
        Post("discard-of-half-a-range", StreamErrorCode.DiscardMalformed,
            PostcopyStreams.Precopy().Command(6, [0, 3, 0x72, 0x61, 0x6d, 0, .. new byte[24]]).End()),
        Post("L4-discard-beyond-the-block", StreamErrorCode.DiscardRange, PostcopyStreams.Precopy().DiscardBytes("ram", (0xff000, 0x2000)).End()),
        Post("L4-discard-far-away", StreamErrorCode.DiscardRange, PostcopyStreams.Precopy().DiscardBytes("ram", (1UL << 63, 0x1000)).End()),
        Post("L4-discard-that-wraps", StreamErrorCode.DiscardRange,
            PostcopyStreams.Precopy().DiscardBytes("ram", (0x1000, ulong.MaxValue - 0xfff)).End()),
        Post("discard-unaligned", StreamErrorCode.DiscardRange, PostcopyStreams.Precopy().DiscardBytes("ram", (0x800, 0x1000)).End()),
        Post("discard-cut", StreamErrorCode.Truncated, PostcopyStreams.Precopy().U8(8).U16(6).U16(38).U8(0).Str8("ram")),
        Post("listen-outside-a-package", StreamErrorCode.CommandInWrongState, PostcopyStreams.Precopy().Command(4).End()),
        Post("run-outside-a-package", StreamErrorCode.CommandInWrongState, PostcopyStreams.Precopy().Command(5).End()),
        Post("end-behind-discard", StreamErrorCode.CommandInWrongState, PostcopyStreams.Precopy(1).Discard(1).End()),
        Post("package-unadvised", StreamErrorCode.CommandInWrongState, Ram.Eos().Footer(1).Package(PostcopyStreams.Guest()).End()),
        Post("53-run-without-listen", StreamErrorCode.CommandInWrongState,
            PostcopyStreams.Precopy().Package(new StreamBuilder().Command(5)).End()),
        Post("listen-twice", StreamErrorCode.CommandInWrongState,
            Thrown.Package(new StreamBuilder().Command(4).Command(4).Command(5)).End()),
        Post("discard-behind-listen", StreamErrorCode.CommandInWrongState,
            Thrown.Package(new StreamBuilder().Command(4).Discard(1).Command(5)).End()),
        Post("package-in-a-package", StreamErrorCode.CommandInWrongState,
            PostcopyStreams.Precopy().Package(new StreamBuilder().Package(PostcopyStreams.Guest())).End()),
        Post("L19-package-that-ends-by-EOF", StreamErrorCode.PackageWithoutRun,
            Thrown.Package(new StreamBuilder().Command(4).Timer().End()).End()),
        Post("L19-package-that-ends-without-anything", StreamErrorCode.PackageWithoutRun,
            Thrown.Package(new StreamBuilder().Command(4).Timer()).End()),
        Post("section-longer-than-its-package", StreamErrorCode.Truncated,
            Thrown.Package(PostcopyStreams.Guest(), 20).End()),
        Post("package-cut", StreamErrorCode.Truncated, Thrown.Package(new StreamBuilder().Command(4).Timer(), 1000)),
        Post("package-of-4-GiB", StreamErrorCode.Truncated, Thrown.Package(PostcopyStreams.Guest(), uint.MaxValue)),
        Post("package-length-cut", StreamErrorCode.Truncated, PostcopyStreams.Precopy().U8(8).U16(7).U16(4).U16(0)),
        Post("unknown-section-in-a-package", StreamErrorCode.UnknownSection,
            Thrown.Package(new StreamBuilder().Command(4).Section(4, 9, "nic", 0, 1).Footer(9).Command(5)).End()),
        InPackage("L9-page-at-end", StreamErrorCode.OffsetOutOfRange, ram => ram.Page((ulong)RamBytes, Content, "ram")),
        InPackage("block-list-in-postcopy", StreamErrorCode.UnknownRamFlags, ram => ram.MemSize(("ram", RamBytes))),
        InPackage("delta-in-postcopy", StreamErrorCode.UnknownRamFlags, ram => ram.Delta(0, [2, 1, 7], "ram")),
        InPackage("flush-in-postcopy", StreamErrorCode.UnknownRamFlags, ram => ram.U64(RamFlags.MultifdFlush)),
        InPackage("hook-in-postcopy", StreamErrorCode.UnknownRamFlags, ram => ram.U64(RamFlags.Hook)),
        InPackage("zero-page-with-fill-in-postcopy", StreamErrorCode.ZeroPageNotZero, ram => ram.Zero(0, "ram", 7)),
        InPackage("unknown-block-in-postcopy", StreamErrorCode.UnknownBlock, ram => ram.Zero(0, "rom")),
    ];

    // A source that has thrown a page away: without it a QEMU does not come so far (L2).
    private static StreamBuilder Thrown => PostcopyStreams.Precopy().Discard(1);

    private static CraftedStream Post(string name, StreamErrorCode code, StreamBuilder stream) => Case(name, code, stream, "postcopy-ram");

    // Pages that come before the guest runs.
    private static CraftedStream InPackage(string name, StreamErrorCode code, Func<StreamBuilder, StreamBuilder> records) =>
        Post(name, code, Thrown.Package(
            records(new StreamBuilder().Command(4).Part(2, 1)).Eos().Footer(1).Command(5)).End());

    private static CraftedStream[] OddPostcopy() =>
    [
        Fine("L2-postcopy-without-discard", PostcopyStreams.Precopy(3).Switchover().Part(3, 1).Eos().Footer(1).End(), "postcopy-ram"),
        Fine("postcopy", PostcopyStreams.Precopy(3, 4).Discard(4).Switchover().Part(2, 1).Page(0x4000, Content, "ram").Eos().Footer(1)
            .Part(3, 1).Eos().Footer(1).End(), "postcopy-ram"),
        Fine("postcopy-of-a-guest-that-sleeps", PostcopyStreams.Precopy(3).Discard(3)
            .Package(new StreamBuilder().Command(4).GlobalState("suspended").Command(5))
            .Part(2, 1).Page(0x3000, Content, "ram").Eos().Footer(1).Part(3, 1).Eos().Footer(1).End(), "postcopy-ram"),
        Fine("bytes-behind-run-in-a-package", PostcopyStreams.Precopy().Package(PostcopyStreams.Guest().Raw(9, 9, 9))
            .Part(3, 1).Eos().Footer(1).End(), "postcopy-ram"),
        Fine("L12-postcopy-without-return-path", Opening.Advise().RamStart().MemSize(("ram", RamBytes)).Eos().Footer(1)
            .Discard(0).Package(new StreamBuilder().Command(4).Command(5)).Part(2, 1).Page(0, Content, "ram").Eos().Footer(1).End(), "postcopy-ram"),
        Fine("L21-page-that-comes-twice", PostcopyStreams.Precopy(3).Discard(3).Switchover().Part(2, 1).Page(0x3000, Content, "ram")
            .Page(0x3000, Content).Eos().Footer(1).End(), "postcopy-ram"),
        Fine("postcopy-of-bitmaps-that-breaks", Opening.Command(3).Package(new StreamBuilder().Command(4).Command(5)).U8(99), "dirty-bitmaps"),
    ];
}
