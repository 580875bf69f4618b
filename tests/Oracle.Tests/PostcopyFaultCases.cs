using Simulation.Oracle;
using static Oracle.Tests.Bytes;
using static Oracle.Tests.PostcopyStream;
using static Simulation.Oracle.OracleFaultKind;

namespace Oracle.Tests;

/// <summary>Every fault of section 6 of the stream reference, written by hand.</summary>
internal static class PostcopyFaultCases
{
    public static IEnumerable<FaultCase> All =>
    [
        .. AdviseFaults(), .. DiscardFaults(), .. SwitchoverFaults(), .. FaultsWhenRunning(),
        .. RecoveryFaults(),
    ];

    private static IEnumerable<FaultCase> AdviseFaults()
    {
        yield return Failed("ADVISE without page sizes", AdviseWithoutPageSizes, Begin, Command(3));
        yield return Failed("ADVISE of 8 bytes", CommandLength, Begin, Command(3, U64(0)));
        yield return Failed("ADVISE with other block page sizes", AdvisePageSizes, Begin, Command(3, Join(U64(PageSize), U64(PageSize))));
        yield return Failed("ADVISE with another page size", AdvisePageSizes, Begin, Command(3, Join(U64(3 * PageSize), U64(8192))));
        yield return Failed("ADVISE twice", CommandOutOfState, Advised, Advise);
        yield return Failed("end behind DISCARD", EndOutOfState, Discarded, [0]);
        FaultCase refused = Failed("ADVISE where there is no postcopy", PostcopyUnsupported, Begin, Advise);
        yield return refused with { Input = refused.Input with { Capabilities = [] } };
    }

    private static IEnumerable<FaultCase> DiscardFaults()
    {
        yield return Failed("DISCARD before ADVISE", CommandOutOfState, Begin, Discard("ram", (0, PageSize)));
        yield return Failed("DISCARD without a range", CommandLength, Advised, Discard("ram"));
        yield return Failed("DISCARD with half a range", DiscardMalformed, Advised,
            Command(6, Join([0], Str8("ram"), [0], U64(0), U64(PageSize), U64(0))));
        yield return Failed("DISCARD whose name is longer than it", DiscardMalformed, Advised, Command(6, Join([0, 40], new byte[18])));
        yield return Failed("DISCARD version 1", DiscardMalformed, Advised, Command(6, Join([1], Str8("ram"), [0], new byte[16])));
        yield return Failed("DISCARD without nil", DiscardMalformed, Advised, Command(6, Join([0], Str8("ram"), [7], new byte[16])));
        yield return Failed("DISCARD of an unknown block", UnknownRamBlock, Advised, Discard("rom", (0, PageSize)));
        foreach ((string name, ulong start, ulong length) in new (string, ulong, ulong)[]
        {
            ("begins behind the block (L4)", 9 * PageSize, PageSize), ("ends behind the block (L4)", 7 * PageSize, 2 * PageSize),
            ("wraps", ulong.MaxValue - PageSize + 1, 2 * PageSize), ("begins in a page", 1, PageSize), ("ends in a page", 0, 1),
            ("longer than anything", 0, ulong.MaxValue - PageSize + 1),
        })
        {
            yield return Failed($"DISCARD {name}", DiscardRange, Advised, Discard("ram", (start, length)));
        }

        yield return Failed("DISCARD of half a host page", DiscardRange, Advised, Discard("huge", (PageSize, PageSize)));
        yield return Failed("DISCARD whose second range is wrong", DiscardRange, Advised, Discard("ram", (0, PageSize), (1, 2)));
        yield return Failed("DISCARD behind LISTEN", CommandOutOfState, Advised, Discard("ram", (0, PageSize)), before: Listen, package: true);
    }

    private static IEnumerable<FaultCase> SwitchoverFaults()
    {
        yield return Failed("LISTEN before ADVISE", CommandOutOfState, Begin, Listen, package: true);
        yield return Failed("LISTEN outside a package", CommandOutOfState, Discarded, Listen);
        yield return Failed("LISTEN twice", CommandOutOfState, Discarded, Listen, before: Listen, package: true);
        yield return Failed("RUN before LISTEN (#53)", CommandOutOfState, Discarded, Run, package: true);
        yield return Failed("RUN outside a package", CommandOutOfState, Discarded, Run);
        yield return Failed("package in a package", CommandOutOfState, Discarded, Package(Listen, Run), package: true);
        yield return Failed("package of nothing (L19)", PackageWithoutRun, Discarded, Package(), at: 9);
        yield return Failed("package of 4 GiB that ends", Truncated, Discarded, Join(Command(7, U32(uint.MaxValue)), Listen, Run), at: 9 + 5);
        yield return Failed("package without RUN (L19)", PackageWithoutRun, Discarded, Package(Listen, TimerSection), at: 9 + 5 + TimerSection.Length);
        yield return Failed("package that ends by EOF (L19)", PackageWithoutRun, Discarded, Package(Listen, [0]), at: 9 + 5);
        yield return Failed("section longer than its package", PackageTooShort, Discarded,
            Join(Command(7, U32(10)), Listen, TimerSection), at: 9 + 5);
        yield return Failed("connection that ends in the package", Truncated, Discarded, Package(Listen, TimerSection, Run)[..^8], at: 9 + TimerSection.Length);
    }

    private static IEnumerable<FaultCase> FaultsWhenRunning()
    {
        yield return Paused("section of a device (L20)", SectionAfterRun, Running, TimerSection);
        yield return Paused("ADVISE", CommandOutOfState, Running, Advise);
        yield return Paused("DISCARD", CommandOutOfState, Running, Discard("ram", (0, PageSize)));
        yield return Paused("RUN", CommandOutOfState, Running, Run);
        yield return Paused("package", CommandOutOfState, Running, Package(Listen, Run));
        yield return Paused("end of the connection", Truncated, Running, []);
        yield return Paused("section type 9", UnknownSectionType, Running, [9]);
        foreach ((string name, byte[] record) in new (string, byte[])[]
        {
            ("block list", BlockList), ("XBZRLE", XbzrleRecord(0, [0, 1, 1])), ("FLUSH", Flush), ("HOOK", U64(0x80)), ("PAGE and ZERO", U64(0xa)),
        })
        {
            yield return Paused($"{name} (#25)", UnknownRamFlags, Running, Pages(record), at: 5);
        }

        yield return Paused("page behind the block (L9)", IllegalRamOffset, Running, Pages(PageRecord(8 * PageSize, 1)), at: 5);
        yield return Paused("page of an unknown block", UnknownRamBlock, Running, Pages(PageRecord(0, 1, "rom")), at: 5);
        yield return Paused("zero page that is not", NonZeroFill, Running, Pages(ZeroRecord(PageSize, fill: 3)), at: 5);
        byte[] half = Pages(PageRecord(0, 1, "huge"), PageRecord(2 * PageSize, 1, "huge"));
        yield return Paused("half a host page", HostPageIncomplete, Running, half, at: 5 + PageRecord(0, 1, "huge").Length);
    }

    private static IEnumerable<FaultCase> RecoveryFaults()
    {
        yield return Recovery("RECV_BITMAP of an unknown block", UnknownRamBlock, Command(10, Str8("rom")));
        yield return Recovery("end before RESUME", EndOutOfState, [0]);
        yield return Recovery("header again", UnknownSectionType, FileHeader);
        yield return Recovery("section of a device in recovery", SectionAfterRun, TimerSection);
    }

    private static FaultCase Failed(
        string name, OracleFaultKind kind, byte[] start, byte[] bad, int at = 0, bool package = false, byte[]? before = null)
    {
        before ??= [];
        byte[] whole = package ? Join(Command(7, U32((uint)(before.Length + bad.Length))), before) : before;
        return new($"postcopy: {name}", kind, Input(start, whole, bad), 0, start.Length + whole.Length + at);
    }

    private static FaultCase Paused(string name, OracleFaultKind kind, byte[] start, byte[] bad, int at = 0) =>
        new($"postcopy, running: {name}", kind, Input(start, bad), 0, start.Length + at) { Outcome = OracleOutcome.Paused };

    private static FaultCase Recovery(string name, OracleFaultKind kind, byte[] bad) => new(
        $"postcopy, recovery: {name}", kind,
        Input(Running) with { Recoveries = [new OracleRecovery(new OracleConnection(bad))] }, 0, 0)
    {
        Outcome = OracleOutcome.Paused,
    };
}
