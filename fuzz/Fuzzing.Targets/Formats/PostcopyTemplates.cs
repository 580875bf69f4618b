using Fuzzing.Targets.Hosts;
using Fuzzing.Targets.Postcopy;
using Qemu.Migration.Wire;
using static Fuzzing.Targets.Formats.StreamTemplates;

namespace Fuzzing.Targets.Formats;

/// <summary>Chunks of postcopy sessions, and whole sessions, for <see cref="Machines.None"/>.</summary>
internal static class PostcopyTemplates
{
    private const int PageBytes = 4096;
    private const byte Closes = 0x80;
    private const byte Reads = 0;
    private const byte Writes = 2;
    private const byte Touches = 4;
    private const byte Pauses = 5;
    private const byte Stops = 6;
    private const byte Asks = 7;

    /// <summary>Chunks that do something on each of the first connections, and orders.</summary>
    public static IEnumerable<byte[]> Chunks()
    {
        foreach (byte[] part in (byte[][])[.. Precopy(), Discard(2, 2), Package(), Zero(5), Page(6), Neighbours(8), End(), RecvBitmap(), Resume()])
        {
            yield return Chunk(0, part);
            yield return Chunk(1, part);
        }
        yield return Chunk(0, Command(CommandType.PostcopyListen));
        yield return Chunk(0, Command(CommandType.PostcopyRun));
        yield return Chunk(2, Urgent(7));
        yield return Chunk(0, Local());
        yield return Chunk(2, LocalRecord());
        yield return Chunk(3, [.. RecvBitmap(), .. Resume()]);
        for (byte order = 0; order < 8; order++)
            yield return Orders((order, 9));
        yield return [Closes, 0, 0];
        yield return [Closes | 1, 0, 0];
        yield return [0x10, 0, 0];
        yield return [0x20, 0, 0];
    }

    /// <summary>Whole sessions: without and with a channel for urgent pages, lost and recovered, paused by order, behind multifd, with a page of the
    /// block that does not migrate; each kind of channel and memory.</summary>
    public static IEnumerable<byte[]> Sessions()
    {
        byte[][] plain = [Plain(), Recovered(), Paused()];
        foreach (byte[] session in plain)
            yield return [0, .. session];
        yield return [1, .. Preempt()];
        yield return [2, .. Multifd()];
        yield return [4, .. Plain()];
        yield return [0, .. ToListen(), .. Chunk(0, Local())];
        for (int kind = 1; kind < 8; kind++)
            yield return [(byte)(kind << 5), .. plain[kind % plain.Length]];
        byte[] listening = [1, .. Preempt()];
        listening[1] |= SessionScript.ListenerBit;
        yield return listening;
        listening = [0, .. Recovered()];
        listening[1] |= SessionScript.ListenerBit;
        yield return listening;
    }

    /// <summary>Whole streams of one main connection: one that brings all pages, and two that end while the guest runs, the last with a page
    /// of the block that does not migrate.</summary>
    public static IEnumerable<byte[]> Streams()
    {
        byte[] toRun = [.. Precopy().SelectMany(part => part), .. Discard(2, 2), .. Package(), .. Zero(5), .. Page(6), .. Page(6)];
        yield return [.. toRun, .. End()];
        yield return toRun;
        yield return [.. toRun, .. Local()];
    }

    private static byte[] Plain() =>
    [
        .. ToListen(), .. Orders((Reads, 5), (Writes + 1, 6), (Touches, 7), (Asks, 0)), .. Chunk(0, Zero(5)), .. Chunk(0, Page(6)), .. Chunk(0, Page(6)),
        .. Orders((Reads + 1, 6), (Stops, 0), (Reads, 2), (Stops, 0), (Asks, 0)), .. Chunk(0, Zero(7)), .. Chunk(0, Page(2)), .. Chunk(0, Neighbours(8)),
        .. Chunk(0, End()),
    ];

    private static byte[] Preempt() =>
    [
        .. Precopy().SelectMany(part => Chunk(0, part)), .. Chunk(1, []), .. Chunk(0, Discard(2, 2)), .. Chunk(0, Package()),
        .. Orders((Reads, 5), (Writes + 1, 6)), .. Chunk(1, Urgent(5)), .. Chunk(0, Zero(7)), .. Chunk(0, End()), .. Chunk(1, Urgent(6)),
    ];

    private static byte[] Recovered() =>
    [
        .. ToListen(), .. Orders((Reads, 5), (Writes + 1, 6)), .. Chunk(0, Zero(7)), .. Chunk(Closes, Zero(5)[..9]),
        .. Chunk(Closes | 1, RecvBitmap()), .. Chunk(2, RecvBitmap()), .. Chunk(2, Resume()), .. Chunk(2, Page(6)), .. Orders((Reads, 9)),
        .. Chunk(Closes | 2, []), .. Chunk(3, [.. RecvBitmap(), .. Resume()]), .. Chunk(3, Page(5)), .. Chunk(3, Zero(9)), .. Chunk(3, End()),
    ];

    private static byte[] Paused() =>
    [
        .. ToListen(), .. Orders((Reads, 5), (Pauses, 0), (Asks, 0)), .. Chunk(1, RecvBitmap()), .. Orders((Pauses, 0)),
        .. Chunk(2, [.. RecvBitmap(), .. Resume()]), .. Chunk(2, Page(5)), .. Chunk(2, End()),
    ];

    private static byte[] Multifd()
    {
        byte[][] precopy = [.. Precopy()];
        return
        [
            .. Chunk(0, precopy[0]), .. Chunk(1, SessionTemplates.Initial(0)), .. Chunk(2, SessionTemplates.Initial(1)),
            .. Chunk(0, [.. SectionHeader(1, 2, "ram", 4), .. RamRecords().Last(), .. Header(0, RamFlags.MultifdFlush), .. Header(0, RamFlags.Eos), .. Footer(2)]),
            .. Chunk(1, SessionTemplates.Packet(MultifdPacket.FlagSync, 0, 0, [])), .. Chunk(2, SessionTemplates.Packet(MultifdPacket.FlagSync, 0, 0, [])),
            .. Chunk(0, Package()), .. Orders((Reads, 5)), .. Chunk(0, Page(5)), .. Chunk(0, End()),
        ];
    }

    private static byte[] ToListen() => [.. Precopy().SelectMany(part => Chunk(0, part)), .. Chunk(0, Discard(2, 2)), .. Chunk(0, Package())];

    private static IEnumerable<byte[]> Precopy()
    {
        yield return
        [
            .. U32(FileHeader.Magic), .. U32(FileHeader.Version), 7, 0, 0, 0, 4, .. "none"u8, .. Command(CommandType.OpenReturnPath),
            .. Command(CommandType.PostcopyAdvise, [.. U64(PageBytes), .. U64(PageBytes)]),
        ];
        yield return [.. SectionHeader(1, 2, "ram", 4), .. RamRecords().Last(), .. Record(1, RamFlags.Zero), 0, .. PageRecord(2), .. Header(0, RamFlags.Eos), .. Footer(2)];
    }

    private static byte[] Discard(int page, int count) =>
        Command(CommandType.PostcopyRamDiscard, [0, .. Str8("ram"), 0, .. U64((ulong)page * PageBytes), .. U64((ulong)count * PageBytes)]);

    private static byte[] Package()
    {
        byte[] package =
        [
            .. Command(CommandType.PostcopyListen), .. SectionHeader(4, 3, "globalstate", 1), .. GlobalState("running"), .. Footer(3),
            .. Command(CommandType.Ping, 0, 0, 0, 3), .. Command(CommandType.PostcopyRun),
        ];
        return [.. Command(CommandType.Packaged, U32((uint)package.Length)), .. package];
    }

    private static byte[] Zero(int page) => [2, 0, 0, 0, 2, .. Record(page, RamFlags.Zero), 0, .. Header(0, RamFlags.Eos), .. Footer(2)];

    private static byte[] Local() => [2, 0, 0, 0, 2, .. LocalRecord(), .. Header(0, RamFlags.Eos), .. Footer(2)];

    private static byte[] Page(int page) => [2, 0, 0, 0, 2, .. PageRecord(page), .. Header(0, RamFlags.Eos), .. Footer(2)];

    // A page, and the one behind it.
    private static byte[] Neighbours(int page) =>
    [
        2, 0, 0, 0, 2, .. PageRecord(page), .. Header((page + 1L) * PageBytes, RamFlags.Page | RamFlags.Continue), .. new byte[PageBytes],
        .. Header(0, RamFlags.Eos), .. Footer(2),
    ];

    private static byte[] Urgent(int page) => PageRecord(page);

    private static byte[] End() => [3, 0, 0, 0, 2, .. Header(0, RamFlags.Eos), .. Footer(2), 0];

    private static byte[] RecvBitmap() => Command(CommandType.RecvBitmap, Str8("ram"));

    private static byte[] Resume() => Command(CommandType.PostcopyResume);

    private static byte[] PageRecord(int page) => [.. Record(page, RamFlags.Page), .. Enumerable.Repeat((byte)(page + 1), PageBytes)];

    private static byte[] Record(int page, uint kind) => [.. Header((long)page * PageBytes, kind), .. Str8("ram")];

    private static byte[] Orders(params (byte What, byte Page)[] orders) =>
        Chunk(PostcopyScript.Orders, [.. orders.SelectMany(order => (byte[])[order.What, order.Page])]);

    private static byte[] Chunk(byte connection, byte[] content) => SessionTemplates.Chunk(connection, content);
}
