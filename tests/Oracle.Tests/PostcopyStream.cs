using Simulation.Oracle;
using static Oracle.Tests.Bytes;

namespace Oracle.Tests;

/// <summary>Pieces of a postcopy migration, written by hand (stream reference, section 6.3).</summary>
internal static class PostcopyStream
{
    public static readonly OracleMachine Machine = OracleMachine.None(
        new OracleBlock("ram", 8 * PageSize), new OracleBlock("huge", 4 * PageSize) { BackingPageSize = 2 * PageSize });

    public static readonly byte[] Advise = Command(3, Join(U64(3 * PageSize), U64(PageSize)));
    public static readonly byte[] Listen = Command(4);
    public static readonly byte[] Run = Command(5);
    public static readonly byte[] TimerSection = Start(0, "timer", 2, TimerV2, type: 4);

    /// <summary>The block list of <see cref="Machine"/>, with the page size that one of its blocks has of its own.</summary>
    public static readonly byte[] BlockList = Join(
        U64(12 * PageSize | 4), Str8("ram"), U64(8 * PageSize), Str8("huge"), U64(4 * PageSize), U64(2 * PageSize));

    /// <summary>Up to the first section: the return path is open, and postcopy may come.</summary>
    public static readonly byte[] Advised = Join(Begin, Command(1), Command(2, U32(1)), Advise);

    /// <summary>Up to the switchover: pages 0 and 1 have come, and 1 is old.</summary>
    public static readonly byte[] Discarded = Join(
        Advised, Ram(BlockList, PageRecord(0, 0x10), PageRecord(PageSize, 0x11)), Discard("ram", (PageSize, PageSize)));

    /// <summary>Up to where the guest runs.</summary>
    public static readonly byte[] Running = Join(Discarded, Package(Listen, TimerSection, Run));

    public static readonly byte[] Ending = Join(Part(1, Eos, 3), [0]);

    public static byte[] Discard(string block, params (ulong Start, ulong Length)[] ranges) =>
        Command(6, Join([0], Str8(block), [0], Join([.. ranges.Select(range => Join(U64(range.Start), U64(range.Length)))])));

    public static byte[] Package(params byte[][] content)
    {
        byte[] joined = Join(content);
        return Join(Command(7, U32((uint)joined.Length)), joined);
    }

    /// <summary>A part of <c>ram</c>.</summary>
    public static byte[] Pages(params byte[][] records) => Part(1, Join(Join(records), Eos));

    public static OracleInput Input(params byte[][] main) => new()
    {
        Machine = Machine,
        Capabilities = ["postcopy-ram"],
        Main = new OracleConnection(Join(main)),
        PoisonByte = 0xa5,
    };

    public static OracleInput WithPreempt(OracleInput input, byte[] urgent, bool ended = false) => input with
    {
        Capabilities = ["postcopy-ram", "postcopy-preempt"],
        Preempt = new OracleConnection(urgent, ended),
    };

    public static OracleVerdict Read(OracleInput input) => new OracleReader().Read(input);

    public static OracleVerdict Read(params byte[][] main) => Read(Input(main));
}
