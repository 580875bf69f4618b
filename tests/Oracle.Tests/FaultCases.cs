using Simulation.Oracle;
using static Oracle.Tests.Bytes;
using static Simulation.Oracle.OracleFaultKind;

namespace Oracle.Tests;

/// <summary>A migration that must fail, or stop in the middle.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Kind">How the oracle must name that.</param>
/// <param name="Input">The migration.</param>
/// <param name="Connection">Connection at fault.</param>
/// <param name="RecordOffset">Offset of the record at fault.</param>
internal sealed record FaultCase(
    string Name, OracleFaultKind Kind, OracleInput Input, int Connection, long RecordOffset)
{
    /// <summary>How it ends: a guest that runs already waits for a recovery.</summary>
    public OracleOutcome Outcome { get; init; } = OracleOutcome.Failed;
}

/// <summary>Every fault of the stream reference, written by hand.</summary>
internal static class FaultCases
{
    private static readonly OracleMachine Machine = OracleMachine.None(
        new OracleBlock("ram", 4 * PageSize),
        new OracleBlock("rom", PageSize) { MaxLength = 4 * PageSize, Resizable = true },
        new OracleBlock("fixed", PageSize) { Migratable = false },
        new OracleBlock("huge", 2 << 20) { BackingPageSize = 2 << 20 });

    private static readonly OracleMachine SharedMachine = OracleMachine.None(
        new OracleBlock("ram", 4 * PageSize) { Shared = true, GuestPhysicalAddress = 0x1000 });

    public static IReadOnlyList<FaultCase> All { get; } =
    [
        .. Framing(), .. ConfigurationFaults(), .. Sections(), .. RamRecords(), .. BlockList(), .. Commands(),
        .. Multifd(), .. Mapped(), .. PostcopyFaultCases.All,
    ];

    private static IEnumerable<FaultCase> Framing()
    {
        yield return OnMain("wrong magic", NotAMigrationStream, [], Join(U32(0x5145564e), U32(3)));
        yield return OnMain("file version 2", ObsoleteFileVersion, [], Join(U32(0x5145564d), U32(2)));
        yield return OnMain("file version 4", UnsupportedFileVersion, [], Join(U32(0x5145564d), U32(4)));
        yield return OnMain("empty stream", Truncated, [], []);
        yield return OnMain("magic cut short", Truncated, [], U32(0x5145564d)[..3]);
        yield return OnMain("wrong magic cut short", NotAMigrationStream, [], U32(0x51455700)[..3]);
        yield return OnMain("file version cut short", Truncated, [], Join(U32(0x5145564d), U32(4)[..3]));
        yield return OnMain("end where a section should begin", Truncated, Begin, []);
        foreach (byte type in new byte[] { 5, 6, 7, 9, 0x7e, 0xff })
            yield return OnMain($"section type {type}", UnknownSectionType, Begin, [type, 0]);
    }

    private static IEnumerable<FaultCase> ConfigurationFaults()
    {
        const string Bits = "configuration/target-page-bits";
        yield return Config("no configuration", ConfigurationMissing, [1]);
        yield return Config("another machine", MachineNameMismatch, Configuration("nine"));
        yield return Config("a longer name", MachineNameMismatch, Configuration("none-x"));
        yield return Config("a prefix (L13)", MachineNameMismatch, Configuration("no"));
        yield return Config("no name (L13)", MachineNameMismatch, Configuration(""));
        yield return Config("name of 4 GiB", MachineNameTooLong, Join([7], U32(uint.MaxValue)));
        yield return Config(
            "13 page bits", TargetPageBitsMismatch, Configuration("none", Subsection(Bits, 1, U32(13))));
        yield return Config("capability nobody knows", UnknownCapability,
            Configuration("none", CapabilitiesSubsection("multifd", "nope")));
        yield return Config("4 billion capabilities", UnknownCapability,
            Configuration("none", Subsection("configuration/capabilities", 1, U32(uint.MaxValue))));
        yield return Config("capability on at the source only", CapabilityMismatch,
            Configuration("none", CapabilitiesSubsection("x-ignore-shared")));
        yield return Adapt(Config("capability on at the destination only", CapabilityMismatch, Configuration("none")),
            input => input with { Capabilities = ["x-ignore-shared"] });
        yield return Adapt(
            Config("another uuid", UuidMismatch,
                Configuration("none", Subsection("configuration/uuid", 1, new byte[16]))),
            input => input with { Machine = Machine with { Uuid = Page(1).AsMemory(0, 16) } });
        yield return Config("unknown subsection", UnknownSubsection,
            Configuration("none", Subsection("configuration/x", 1)));
        yield return Config("nested subsection", UnknownSubsection,
            Configuration("none", Subsection(Bits, 1, U32(12), Subsection(Bits + "/x", 1))));
        yield return Config("subsection version 2", SubsectionVersionTooNew,
            Configuration("none", Subsection(Bits, 2, U32(12))));
        yield return Config("subsection version 0", VMStateVersionTooOld,
            Configuration("none", Subsection(Bits, 0, U32(12))));
    }

    private static IEnumerable<FaultCase> Sections()
    {
        yield return OnMain("section without a name", EmptySectionName, Begin, Start(1, "", 4, Eos));
        yield return OnMain("section nobody has", UnknownSection, Begin, Start(1, "nobody", 1, []));
        yield return OnMain("instance nobody has", UnknownSection, Begin, Start(0, "timer", 2, TimerV2, instance: 1));
        yield return OnMain("section too new", SectionVersionTooNew, Begin, Start(0, "timer", 3, TimerV2));
        yield return OnMain(
            "section version of 32 bits", SectionVersionTooNew, Begin, Start(0, "timer", uint.MaxValue, TimerV2));
        yield return OnMain("section too old", VMStateVersionTooOld, Begin, Start(0, "timer", 0, TimerV2));
        yield return OnMain("PART of nobody", UnknownSectionId, Begin, Part(77, Eos));
        yield return OnMain(
            "PART 0 finds the first handler, never started", VMStateVersionTooOld, Begin, Part(0, TimerV2));
        byte[] timerElsewhere = Join(Begin, Start(9, "timer", 2, TimerV2));
        yield return OnMain("PART 0 finds the second handler", RamVersion, timerElsewhere, Part(0, Eos));
        byte[] ramElsewhere = Join(timerElsewhere, Ram());
        yield return OnMain("PART 0 finds the third handler", VMStateVersionTooOld, ramElsewhere, Part(0, [1]));
        yield return OnMain("ram version 3", RamVersion, Begin, Start(1, "ram", 3, Eos));
        yield return OnMain("no footer", FooterMissing, Join(Begin, RamStart, Eos), [0x7d, 0, 0, 0, 1]);
        yield return OnMain("footer of another section", FooterIdMismatch, Join(Begin, RamStart, Eos), Footer(2));
        yield return OnMain("subsection of timer", UnknownSubsection, Begin,
            Start(0, "timer", 2, Join(TimerV2, Subsection("timer/x", 1))));
        yield return OnMain(
            "run state nobody knows", UnknownRunState, Begin, Start(3, "globalstate", 1, GlobalState("walking")));
        yield return OnMain("run state nobody knows, and then a subsection", UnknownSubsection, Begin,
            Start(3, "globalstate", 1, Join(GlobalState("walking"), Subsection("globalstate/x", 1))));
        yield return OnMain("empty run state", UnknownRunState, Begin, Start(3, "globalstate", 1, GlobalState("")));
        yield return OnMain("dirty bitmap", DirtyBitmapUnsupported, Begin, Start(2, "dirty-bitmap", 1, [2]));
    }

    private static IEnumerable<FaultCase> RamRecords()
    {
        foreach (ulong flags in new ulong[] { 0, 0x1, 0x100, 0x400, 0x800, 0x14, 0x210, 0x20, 0x90 })
            yield return Record($"flags 0x{flags:x}", UnknownRamFlags, U64(flags));
        foreach (ulong flags in new ulong[] { 0xa, 0x12, 0x18, 0x48, 0x102 })
            yield return Record($"flags 0x{flags:x}", UnknownRamFlags, Join(U64(flags), Str8("ram")));

        yield return Record("CONTINUE first", ContinueWithoutBlock, Join(U64(0x22), [0]));
        yield return Record("page of no block", UnknownRamBlock, ZeroRecord(0, "nobody"));
        yield return Record("page of a block that does not travel", IgnoredRamBlock, ZeroRecord(0, "fixed"));
        yield return Record("page behind the block", IllegalRamOffset, ZeroRecord(4 * PageSize));
        yield return Record("page far behind the block", IllegalRamOffset, ZeroRecord(0xfffffffffffff000));
        yield return Record("page above the used length", IllegalRamOffset, ZeroRecord(PageSize, "rom"));
        yield return Record("fill 1", NonZeroFill, ZeroRecord(0, fill: 1));
        yield return Record("encoding 2", XbzrleEncoding, XbzrleRecord(0, [], encoding: 2));
        yield return Record("delta above a page", XbzrleLength, XbzrleRecord(0, new byte[PageSize + 1]));
        byte[][] deltas =
        [
            [5], [0, 0], [0, 0, 1, 1, 9], [1, 0, 1, 1, 9], [0, 1], [0, 2, 1], [0, 1, 9, 0, 1, 9], [0, 1, 9, 5, 0],
            [0x80, 0x80, 1, 1], [0x80, 0x20, 1, 1], [0xff, 0x1f, 2, 1, 1],
        ];
        foreach (byte[] delta in deltas)
            yield return Record($"delta {Convert.ToHexString(delta)}", XbzrleDecode, XbzrleRecord(0, delta));

        yield return Record(
            "encoding 2 and no length", Truncated, XbzrleRecord(0, [], encoding: 2)[..^2], whole: false);
        yield return Record("page cut short", Truncated, PageRecord(0, 1)[..^1], whole: false);
    }

    private static IEnumerable<FaultCase> BlockList()
    {
        yield return Record("list names nobody", MemSizeUnknownBlock, MemSize(PageSize, ("nobody", PageSize)));
        yield return Record("list exceeds its total", MemSizeTotalMismatch,
            Join(MemSize(PageSize, ("ram", 4 * PageSize)), Eos));
        yield return Record("list names a block that does not travel", MemSizeBlockNotMigratable,
            MemSize(PageSize, ("fixed", PageSize)));
        yield return Record("shorter", MemSizeLengthMismatch, MemSize(PageSize, ("ram", PageSize)));
        yield return Record("longer", MemSizeLengthMismatch, MemSize(5 * PageSize, ("ram", 5 * PageSize)));
        yield return Record("beyond the largest", MemSizeLengthMismatch, MemSize(5 * PageSize, ("rom", 5 * PageSize)));
        yield return Record("length of 64 bits", MemSizeLengthMismatch, MemSize(PageSize, ("rom", ulong.MaxValue)));
        yield return Adapt(Record("another backing page size", MemSizePageSizeMismatch,
            Join(MemSize(2 << 20, ("huge", 2 << 20)), U64(4096))),
            input => input with { Capabilities = ["postcopy-ram"] });

        byte[] shared = Join(FileHeader, Configuration("none", CapabilitiesSubsection("x-ignore-shared")), RamStart);
        byte[][] records = [Join(MemSize(4 * PageSize, ("ram", 4 * PageSize)), U64(0x2000)), ZeroRecord(0)];
        OracleFaultKind[] kinds = [MemSizeAddressMismatch, IgnoredRamBlock];
        foreach ((byte[] record, OracleFaultKind kind) in records.Zip(kinds))
        {
            OracleInput input = new()
            {
                Machine = SharedMachine,
                Capabilities = ["x-ignore-shared"],
                Main = new OracleConnection(Join(shared, record, Eos, Footer(1), End)),
            };
            yield return new FaultCase($"shared block: {kind}", kind, input, 0, shared.Length);
        }

        byte[] file = Join(FileHeader, Configuration("none", CapabilitiesSubsection("x-ignore-shared", "mapped-ram")), RamStart);
        foreach (ulong offset in new ulong[] { 0x100, 0x100000 })
        {
            byte[] record = Join(MemSize(4 * PageSize, ("ram", 4 * PageSize)), U64(0x1000), U32(1), U64(PageSize), U64(offset), U64(0));
            OracleInput input = new()
            {
                Machine = SharedMachine,
                Capabilities = ["x-ignore-shared", "mapped-ram"],
                Main = new OracleConnection(Join(file, record, Eos, Footer(1), End)),
            };
            yield return new FaultCase($"shared block with pages in the file: 0x{offset:x}", IgnoredRamBlock, input, 0, file.Length);
        }
    }

    private static IEnumerable<FaultCase> Commands()
    {
        byte[] open = Join(Begin, Command(1));
        foreach (int command in new[] { 0, 12, 0xffff })
            yield return OnMain($"command {command}", UnknownCommand, Begin, Command(command));
        foreach (int command in new[] { 1, 4, 5, 8, 9, 11 })
            yield return OnMain($"command {command} with a payload", CommandLength, Begin, Command(command, [0]));
        yield return OnMain("PING of 5 bytes", CommandLength, open, Command(2, new byte[5]));
        yield return OnMain("PACKAGED of 3 bytes", CommandLength, open, Command(7, new byte[3]));
        yield return OnMain("PING without a return path", PingWithoutReturnPath, Begin, Command(2, U32(1)));
        yield return OnMain("ENABLE_COLO", ColoUnsupported, Begin, Command(8));
        foreach (int command in new[] { 4, 5, 6 })
            yield return OnMain($"postcopy command {command}", CommandOutOfState, open, Command(command));
        yield return OnMain("ADVISE of RAM", PostcopyUnsupported, open, Command(3, new byte[16]));
        yield return OnMain("ADVISE of 7 bytes", CommandLength, open, Command(3, new byte[7]));
        yield return OnMain("ADVISE twice", CommandOutOfState, Join(open, Command(3)), Command(3));
        yield return OnMain("ADVISE of 7 bytes, the second", CommandOutOfState, Join(open, Command(3)), Command(3, new byte[7]));
        yield return OnMain("RECV_BITMAP of no name", CommandLength, open, Command(10, Str8("")));
        yield return OnMain("RECV_BITMAP too short for a name that is cut", Truncated, open, Command(10, Str8("ram"), length: 2)[..^1]);
        yield return OnMain("RECV_BITMAP of nobody", UnknownRamBlock, open, Command(10, Str8("nobody")));
        yield return OnMain("RECV_BITMAP too long", CommandLength, open, Command(10, Join(Str8("ram"), [0])));
        yield return OnMain("RECV_BITMAP too short", CommandLength, open, Command(10, Str8("ram"), length: 2));
        yield return OnMain("RECV_BITMAP of nothing", CommandLength, open, Join(Command(10), End));
    }

    private static IEnumerable<FaultCase> Multifd()
    {
        yield return Channel("initial magic", MultifdInitialMagic, [], Initial(0, magic: 1));
        yield return Channel("initial version", MultifdInitialVersion, [], Initial(0, version: 2));
        yield return Channel("initial uuid", MultifdInitialUuid, [], Initial(0, uuid: Page(1)[..16]));
        yield return Channel("channel id = count", MultifdChannelId, [], Initial(2));
        yield return Channel("channel id taken", MultifdChannelIdDuplicate, [], Initial(1));
        yield return Channel("initial packet cut", Truncated, [], Initial(0)[..63]);

        yield return Packets("magic", MultifdPacketMagic, Packet(magic: 1));
        yield return Packets("version", MultifdPacketVersion, Packet(version: 2));
        yield return Packets("129 pages", MultifdPagesAllocated, Packet(allocated: 129));
        yield return Packets("2 normal of 1", MultifdNormalPages, Packet(allocated: 1, normal: [0, PageSize]));
        yield return Packets("1 zero of 0", MultifdZeroPages, Packet(allocated: 1, normal: [0], zero: [PageSize]));
        yield return Packets("no such block", MultifdUnknownBlock, Packet(zero: [0], block: "nobody"));
        yield return Packets("block that does not travel", MultifdIgnoredBlock, Packet(zero: [0], block: "fixed"));
        yield return Packets("page behind the block", MultifdOffsetTooLong, Packet(zero: [4 * PageSize]));
        yield return Packets("page across the end", MultifdOffsetTooLong, Packet(zero: [3 * PageSize + 1]));
        yield return Packets("unaligned (L16)", MultifdOffsetUnaligned, Packet(zero: [0x800]));
        yield return Packets("compressed", MultifdCompressionMismatch, Packet(flags: 2, zero: [0]));
        yield return Packets("ends in a header", Truncated, Packet()[..20], whole: false);
        yield return Packets("ends in a page", Truncated, Packet(normal: [0], payload: Page(1))[..^1], whole: false);
        yield return Packets("no SYNC (L1)", MultifdSyncMissing, [], whole: false) with
        {
            Connection = 0,
            RecordOffset = Begin.Length + RamStart.Length + Flush.Length,
        };

        byte[] bad = Page(0xff)[..100];
        yield return Zlib("payload above 1 MiB", MultifdPayloadTooLarge, Packet(flags: 2, normal: [0], size: 0x100001));
        yield return Zlib("payload without pages", MultifdPayloadUnexpected, Packet(flags: 2, zero: [0], payload: bad));
        yield return Zlib("garbage", MultifdDecompress, Packet(flags: 2, normal: [0], payload: bad));
        yield return Zlib("no payload", MultifdDecompressTooShort, Packet(flags: 2, normal: [0]));

        yield return Packets("no device state", DeviceStateEmpty, DeviceState("timer", []));
        yield return Packets("device state with SYNC", DeviceStateSync, DeviceState("timer", [1], flags: 0x41));
        yield return Packets(
            "device state of 256 letters", DeviceStateUnterminatedName, DeviceState(new('x', 256), [1]));
        yield return Packets("device state of nobody", DeviceStateUnknownSection, DeviceState("nobody", [1]));
        yield return Packets("device state cut short", DeviceStateUnsupported, DeviceState("timer", [1])[..20], whole: false);
        yield return Packets("device state of timer", DeviceStateUnsupported, DeviceState("timer", [1]));

        FaultCase flush = Packets("modern source, legacy destination (L14)", MultifdFlushMismatch, []);
        yield return flush with
        {
            Input = flush.Input with { Machine = Machine with { MultifdFlushAfterEachSection = true } },
            Connection = 0,
            RecordOffset = Begin.Length + RamStart.Length,
        };
        FaultCase unsynced = Packets("block list without FLUSH, modern destination", MultifdFlushMismatch, Sync);
        byte[] list = MemSize(4 * PageSize, ("ram", 4 * PageSize));
        yield return unsynced with
        {
            Input = unsynced.Input with { Main = new OracleConnection(Join(Begin, Ram(list), End)) },
            Connection = 0,
            RecordOffset = Begin.Length + RamStart.Length + list.Length,
        };
        FaultCase lost = Packets(
            "legacy source, modern destination (L14)", MultifdPagesAfterLastSync, Join(Sync, Packet(zero: [0])));
        yield return lost with
        {
            Input = lost.Input with { Main = new OracleConnection(Join(Begin, Ram(), End)) },
        };
    }

    private static IEnumerable<FaultCase> Mapped()
    {
        byte[] pages = new byte[4 * PageSize];
        foreach (ulong flags in new ulong[] { 0x2, 0x8, 0x40, 0x80, 0x200 })
        {
            byte[] head = Join(FileHeader, Configuration("none", CapabilitiesSubsection("mapped-ram")), RamStart);
            yield return MappedFile($"flags 0x{flags:x}", UnexpectedRamFlags, Join(head, U64(flags), new byte[100]));
        }

        yield return MappedFile("version 2", MappedRamVersion, Bytes.MappedFile(1, pages, version: 2));
        yield return MappedFile("page size 0", MappedRamPageSize, Bytes.MappedFile(1, pages, pageSize: 0));
        yield return MappedFile("page size 8192", MappedRamPageSize, Bytes.MappedFile(1, pages, pageSize: 8192));
        yield return MappedFile("bitmap nowhere", MappedRamBitmap, Bytes.MappedFile(1, pages, bitmapOffset: 1UL << 40));
        yield return MappedFile(
            "bitmap at 2^64-1", MappedRamBitmap, Bytes.MappedFile(1, pages, bitmapOffset: ulong.MaxValue));
        yield return MappedFile("bitmap nowhere, unaligned pages", MappedRamBitmap,
            Bytes.MappedFile(1, pages, bitmapOffset: 1UL << 40, pagesOffset: 0x1001));
        yield return MappedFile("unaligned pages", MappedRamAlignment, Bytes.MappedFile(1, pages, pagesOffset: 0x1001));
        yield return MappedFile("pages nowhere", MappedRamPages, Bytes.MappedFile(1, pages, pagesOffset: 1UL << 40));
        yield return MappedFile("file ends in the pages", MappedRamPages, Bytes.MappedFile(8, pages)[..0x4fff]);
        yield return MappedFile("length of no whole pages (L15)", MemSizeLengthMismatch,
            Bytes.MappedFile(1, pages, length: 4 * PageSize - 1));
        yield return MappedFile("shorter (L15)", MemSizeLengthMismatch,
            Bytes.MappedFile(1, pages, length: PageSize, total: PageSize));
        yield return MappedFile("pages before the header", MappedRamBackwards,
            Bytes.MappedFile(0, pages, pagesOffset: 0xffffffffffffc000));
    }

    private static FaultCase Adapt(FaultCase fault, Func<OracleInput, OracleInput> change) =>
        fault with { Input = change(fault.Input) };

    private static FaultCase OnMain(string name, OracleFaultKind kind, byte[] before, byte[] bad) =>
        new(
            name,
            kind,
            new OracleInput { Machine = Machine, Main = new OracleConnection(Join(before, bad)) },
            0,
            before.Length);

    private static FaultCase Config(string name, OracleFaultKind kind, byte[] configuration) =>
        OnMain(name, kind, FileHeader, Join(configuration, End)) with { RecordOffset = FileHeader.Length };

    private static FaultCase Record(string name, OracleFaultKind kind, byte[] record, bool whole = true)
    {
        byte[] before = Join(Begin, RamStart);
        return OnMain(name, kind, before, whole ? Join(record, Eos, Footer(1), End) : record);
    }

    /// <summary>Channel 1 is good; the packets of the second connection are bad, and main synchronises twice.</summary>
    private static FaultCase Channel(string name, OracleFaultKind kind, byte[] before, byte[] bad) => new(
        $"multifd: {name}",
        kind,
        new OracleInput
        {
            Machine = Machine,
            Capabilities = ["multifd"],
            Main = new OracleConnection(Join(Begin, Ram(Flush, Flush), End)),
            Channels = [new OracleConnection(Join(Initial(1), Sync, Sync)), new OracleConnection(Join(before, bad))],
        },
        2,
        before.Length);

    private static FaultCase Packets(string name, OracleFaultKind kind, byte[] packets, bool whole = true) =>
        Channel(name, kind, Join(Initial(0), Sync), whole ? Join(packets, Sync) : packets) with
        {
            RecordOffset = Initial(0).Length + Sync.Length,
        };

    private static FaultCase Zlib(string name, OracleFaultKind kind, byte[] packets)
    {
        FaultCase fault = Packets(name, kind, packets);
        return fault with { Input = fault.Input with { MultifdCompression = OracleCompression.Zlib } };
    }

    private static FaultCase MappedFile(string name, OracleFaultKind kind, byte[] file) => new(
        $"mapped-ram: {name}",
        kind,
        new OracleInput
        {
            Machine = OracleMachine.None(new OracleBlock("ram", 4 * PageSize)),
            Capabilities = ["mapped-ram"],
            Main = new OracleConnection(file),
        },
        0,
        MappedRecordOffset);
}
