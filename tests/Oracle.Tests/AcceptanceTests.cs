using Simulation.Oracle;
using static Oracle.Tests.Bytes;

namespace Oracle.Tests;

/// <summary>What no source sends and a real destination accepts all the same, as measured on QEMU 10.0.2.</summary>
public sealed class AcceptanceTests
{
    private const string Bits = "configuration/target-page-bits";

    private static readonly OracleMachine Machine = OracleMachine.None(
        new OracleBlock("ram", 4 * PageSize),
        new OracleBlock("rom", PageSize) { MaxLength = 4 * PageSize, Resizable = true });

    private static readonly byte[] Whole = MemSize(4 * PageSize, ("ram", 4 * PageSize));

    private static readonly Dictionary<string, byte[]> Streams = new()
    {
        ["nothing but EOF"] = Join(Begin, End),
        ["ram as FULL"] = Join(Begin, Start(1, "ram", 4, Eos, type: 4), End),
        ["timer as START"] = Join(Begin, Start(0, "timer", 2, TimerV2), End),
        ["timer version 1"] = Join(Begin, Start(0, "timer", 1, new byte[16]), End),
        ["PART of a device"] = Join(Begin, Start(0, "timer", 2, TimerV2), Part(0, TimerV2), End),
        ["END twice, then PART"] = Join(Begin, Ram(), Part(1, Eos, 3), Part(1, Eos, 3), Part(1, Eos), End),
        ["START again with another id"] = Join(Begin, Ram(), Start(500, "ram", 4, Eos), Part(500, Eos), End),
        ["name with a tail behind NUL"] = Join(Begin, Start(0, "timer\0x", 2, TimerV2), End),
        ["empty dirty bitmap"] = Join(Begin, Start(2, "dirty-bitmap", 1, [1]), End),
        ["garbage behind EOF"] = Join(Begin, [0, 9, 9, 9]),
        ["description cut short"] = Join(Begin, [0, 6], U32(100), [1]),
        ["description of 4 GiB"] = Join(Begin, [0, 6], U32(uint.MaxValue), [1]),
        ["description cut in its length"] = Join(Begin, [0, 6, 1]),
        ["nothing behind EOF"] = Join(Begin, [0]),
        ["no MEM_SIZE"] = Join(Begin, Ram(ZeroRecord(0)), End),
        ["MEM_SIZE of nothing"] = Join(Begin, Ram(U64(4)), End),
        ["MEM_SIZE twice"] = Join(Begin, Ram(Whole, Whole), End),
        ["MEM_SIZE names a block twice"] = Join(Begin,
            Ram(MemSize(8 * PageSize, ("ram", 4 * PageSize), ("ram", 4 * PageSize))), End),
        ["MEM_SIZE lengths rounded up"] = Join(Begin,
            Ram(MemSize(4 * PageSize, ("ram", 4 * PageSize - 100), ("rom", 100))), End),
        ["block shrunk to nothing"] = Join(Begin, Ram(MemSize(PageSize, ("rom", 0), ("rom", PageSize))), End),
        ["CONTINUE on EOS and MEM_SIZE"] = Join(Begin, Start(1, "ram", 4, Join(U64(0x24), U64(0x30))), End),
        ["HOOK"] = Join(Begin, Ram(U64(0x80), U64(0xa0)), End),
        ["FLUSH without multifd"] = Join(Begin, Ram(U64(0x1200)), End),
        ["EOS with an address"] = Join(Begin, Start(1, "ram", 4, U64(0x12345010)), End),
        ["CONTINUE across sections"] = Join(Begin, Ram(ZeroRecord(0)), Part(1, Join(U64(0x1022), [0], Eos)), End),
        ["XBZRLE without its capability, on a page never received"] =
            Join(Begin, Ram(XbzrleRecord(0, [0, 2, 1, 2])), End),
        ["XBZRLE of no bytes"] = Join(Begin, Ram(XbzrleRecord(0, [])), End),
        ["XBZRLE run in two bytes where one would do"] = Join(Begin, Ram(XbzrleRecord(0, [0x82, 0, 1, 1])), End),
        ["XBZRLE empty run in two bytes"] = Join(Begin, Ram(XbzrleRecord(0, [0x80, 0, 1, 1])), End),
        ["XBZRLE of a whole page"] = Join(Begin, Ram(XbzrleRecord(0, Join([0, 0xfd, 0x1f], Page(7)[3..]))), End),
        ["return path opened twice"] = Join(Begin, Command(1), Command(1), End),
        ["SWITCHOVER_START twice"] = Join(Begin, Command(11), Command(11), End),
        ["empty ADVISE"] = Join(Begin, Command(3), End),
        ["RESUME outside recovery"] = Join(Begin, Command(9), Command(9), End),
        ["RECV_BITMAP outside recovery"] = Join(Begin, Command(10, Str8("ram")), End),
        ["capability that is not validated"] = WithConfiguration(CapabilitiesSubsection("multifd")),
        ["capability with a tail behind NUL"] = WithConfiguration(CapabilitiesSubsection("multifd\0x")),
        ["no capabilities"] = WithConfiguration(CapabilitiesSubsection()),
        ["the last capabilities count"] =
            WithConfiguration(CapabilitiesSubsection("x-ignore-shared"), CapabilitiesSubsection()),
        ["the last page bits count"] = WithConfiguration(Subsection(Bits, 1, U32(13)), Subsection(Bits, 1, U32(12))),
        ["uuid without one here"] = WithConfiguration(Subsection("configuration/uuid", 1, new byte[16])),
    };

    public static TheoryData<string> Names => new(Streams.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Odd_stream_is_accepted(string name)
    {
        OracleVerdict verdict = Read(Streams[name]);

        Assert.Null(verdict.Fault);
        Assert.Equal(OracleOutcome.Accepted, verdict.Outcome);
        Assert.Equal("running", verdict.FinalRunState);
    }

    [Theory]
    [InlineData("running", 0, true, "running")]
    [InlineData("running", 0, false, "paused")]
    [InlineData("running", 1, true, "suspended")]
    [InlineData("suspended", 0, true, "suspended")]
    [InlineData("suspended", 0, false, "paused")]
    [InlineData("paused", 1, true, "paused")]
    [InlineData("shutdown", 0, false, "shutdown")]
    [InlineData("inmigrate", 0, true, "inmigrate")]
    [InlineData("finish-migrate", 0, true, "finish-migrate")]
    public void Global_state_decides_the_final_run_state(
        string migrated, byte wasSuspended, bool autostart, string final)
    {
        byte[] stream = Join(Begin, Start(3, "globalstate", 1, GlobalState(migrated, wasSuspended)), End);
        OracleVerdict verdict = new OracleReader().Read(new OracleInput
        {
            Machine = Machine with { Autostart = autostart },
            Main = new OracleConnection(stream),
        });

        Assert.Equal((migrated, final), (verdict.MigratedRunState, verdict.FinalRunState));
    }

    [Fact]
    public void The_last_global_state_counts()
    {
        byte[] first = Start(3, "globalstate", 1, GlobalState("paused"));

        Assert.Equal(
            "shutdown", Read(Join(Begin, first, Start(3, "globalstate", 1, GlobalState("shutdown")),
            End)).FinalRunState);
    }

    [Fact]
    public void Pages_are_written_and_counted_by_kind()
    {
        byte[] xbzrle = XbzrleRecord(2 * PageSize, [2, 2, 8, 9]);
        OracleVerdict verdict = Read(Join(Begin, Ram(ZeroRecord(0), PageRecord(PageSize, 7), xbzrle), End));

        Assert.Equal(
            new OracleCounters(Normal: 1, Zero: 1, Xbzrle: 1, XbzrleBytes: xbzrle.Length - 8), verdict.Counters);
        OracleRamBlock block = verdict.Ram["ram"];
        byte[] expected = Join(Page(0), Page(7), [0xa5, 0xa5, 8, 9], Page(0xa5)[4..], Page(0xa5));
        Assert.Equal(expected, block.ToArray());
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(block.IsReceived));
    }

    [Fact]
    public void Resizable_block_takes_on_the_sources_length()
    {
        byte[] list = MemSize(2 * PageSize, ("rom", 2 * PageSize));
        OracleVerdict verdict = Read(Join(Begin, Ram(list, PageRecord(PageSize, 7, "rom")), End));

        Assert.Equal(2 * PageSize, verdict.Ram["rom"].UsedLength);
        Assert.Equal(Join(Page(0xa5), Page(7)), verdict.Ram["rom"].ToArray());
    }

    [Fact]
    public void Sections_and_commands_are_listed_with_their_places()
    {
        byte[] ram = Ram(ZeroRecord(0), ZeroRecord(PageSize));
        byte[] command = Command(11);
        byte[] timer = Start(0, "timer", 2, TimerV2, type: 4);
        OracleVerdict verdict = Read(Join(Begin, ram, command, timer, End));

        Assert.Equal(
            [
                new OracleSection(1, 1, "ram", 0, 4, Begin.Length, ram.Length, 3),
                new OracleSection(4, 0, "timer", 0, 2, Begin.Length + ram.Length + command.Length, timer.Length, 0),
            ],
            verdict.Sections);
        Assert.Equal([new OracleCommand(11, Begin.Length + ram.Length, 0)], verdict.Commands);
        Assert.Equal(Begin.Length + ram.Length + command.Length + timer.Length + End.Length, verdict.BytesConsumed);
    }

    [Fact]
    public void Failed_migration_shuts_the_return_path_with_an_error()
    {
        byte[] before = Join(Begin, Command(1), Command(2, U32(7)));
        OracleVerdict verdict = Read(Join(before, [9]));

        Assert.Equal(
            [(2, 7u), (1, 1u)], verdict.ReturnPath.Select(message => ((int)message.Type, message.Value!.Value)));
        Assert.Equal(before.Length, verdict.ReturnPath[0].DueAt);
    }

    [Fact]
    public void A_reader_used_again_has_forgotten_the_last_migration()
    {
        OracleReader reader = new();
        OracleInput input = Input(Join(Begin, Ram(PageRecord(0, 7), PageRecord(PageSize, 7)), End));
        reader.Read(input);
        OracleVerdict verdict =
            reader.Read(input with { Main = new OracleConnection(Join(Begin, Ram(ZeroRecord(0)), End)) });

        Assert.Equal(Join(Page(0), Page(0xa5), Page(0xa5), Page(0xa5)), verdict.Ram["ram"].ToArray());
        Assert.Equal(1, verdict.Ram["ram"].ReceivedPages);
        Assert.Equal(new OracleCounters(0, 1), verdict.Counters);
    }

    [Fact]
    public void Configuration_is_told_as_it_came()
    {
        byte[] uuid = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        OracleConfiguration? configuration = Read(WithConfiguration(
            Subsection(Bits, 1, U32(12)),
            CapabilitiesSubsection("multifd", "xbzrle"),
            Subsection("configuration/uuid", 1, uuid))).Configuration;

        Assert.NotNull(configuration);
        Assert.Equal(("none", 12u), (configuration.MachineName, configuration.TargetPageBits));
        Assert.Equal(["multifd", "xbzrle"], configuration.Capabilities);
        Assert.Equal(uuid, configuration.Uuid.ToArray());
    }

    private static byte[] WithConfiguration(params byte[][] subsections) =>
        Join(FileHeader, Configuration("none", subsections), End);

    private static OracleInput Input(byte[] stream) =>
        new() { Machine = Machine, Main = new OracleConnection(stream), PoisonByte = 0xa5 };

    private static OracleVerdict Read(byte[] stream) => new OracleReader().Read(Input(stream));
}
