using System.Buffers.Binary;
using System.Text;

namespace Oracle.Tests;

/// <summary>Pieces of a migration stream, written by hand; every constant is typed here anew.</summary>
internal static class Bytes
{
    public const int PageSize = 4096;
    public static readonly byte[] FileHeader = Join(U32(0x5145564d), U32(3));
    public static readonly byte[] Eos = U64(0x10);
    public static readonly byte[] Flush = U64(0x200);
    public static readonly byte[] TimerV2 = new byte[24];

    /// <summary>EOF and an empty description.</summary>
    public static readonly byte[] End = Join([0, 6], U32(2), "{}"u8.ToArray());

    /// <summary>File header and the configuration of machine <c>none</c>.</summary>
    public static readonly byte[] Begin = Join(FileHeader, Configuration("none"));

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] U16(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Str8(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    public static byte[] Page(byte fill) => [.. Enumerable.Repeat(fill, PageSize)];

    public static byte[] Configuration(string machine, params byte[][] subsections) =>
        Join([7], U32((uint)machine.Length), Encoding.ASCII.GetBytes(machine), Join(subsections));

    public static byte[] Subsection(string name, uint version, params byte[][] body) =>
        Join([5], Str8(name), U32(version), Join(body));

    public static byte[] CapabilitiesSubsection(params string[] names) =>
        Subsection("configuration/capabilities", 1, U32((uint)names.Length), Join([.. names.Select(Str8)]));

    public static byte[] Start(uint id, string name, uint version, byte[] body, uint instance = 0, byte type = 1) =>
        Join([type], U32(id), Str8(name), U32(instance), U32(version), body, Footer(id));

    public static byte[] Part(uint id, byte[] body, byte type = 2) => Join([type], U32(id), body, Footer(id));

    public static byte[] Footer(uint id) => Join([0x7e], U32(id));

    /// <summary>START of <c>ram</c> without its footer.</summary>
    public static byte[] RamStart { get; } = Join([1], U32(1), Str8("ram"), U32(0), U32(4));

    /// <summary>A whole <c>ram</c> section.</summary>
    public static byte[] Ram(params byte[][] records) => Start(1, "ram", 4, Join(Join(records), Eos));

    public static byte[] MemSize(ulong total, params (string Block, ulong Length)[] blocks) =>
        Join(U64(total | 4), Join([.. blocks.Select(block => Join(Str8(block.Block), U64(block.Length)))]));

    public static byte[] ZeroRecord(ulong offset, string block = "ram", byte fill = 0) =>
        Join(U64(offset | 2), Str8(block), [fill]);

    public static byte[] PageRecord(ulong offset, byte fill, string block = "ram") =>
        Join(U64(offset | 8), Str8(block), Page(fill));

    public static byte[] XbzrleRecord(ulong offset, byte[] delta, byte encoding = 1, int? length = null) =>
        Join(U64(offset | 0x40), Str8("ram"), [encoding], U16(length ?? delta.Length), delta);

    public static byte[] Command(int command, byte[]? payload = null, int? length = null) =>
        Join([8], U16(command), U16(length ?? payload?.Length ?? 0), payload ?? []);

    public static byte[] GlobalState(string runState, byte wasSuspended = 0)
    {
        byte[] name = new byte[32];
        Encoding.ASCII.GetBytes(runState, name);
        return Join(U32((uint)runState.Length + 1), name, [1, wasSuspended], new byte[66]);
    }

    public static byte[] Initial(int id, byte[]? uuid = null, uint magic = 0x11223344, uint version = 1) =>
        Join(U32(magic), U32(version), uuid ?? new byte[16], [(byte)id], new byte[39]);

    public static byte[] Sync { get; } = Packet(flags: 1, allocated: 0);

    /// <summary>A multifd packet; payload size and page counts are those of its pages unless told.</summary>
    public static byte[] Packet(
        uint flags = 0, uint allocated = 128, ulong[]? normal = null, ulong[]? zero = null,
        byte[]? payload = null, uint? size = null, string block = "ram", uint magic = 0x11223344, uint version = 1)
    {
        byte[] name = new byte[256];
        Encoding.ASCII.GetBytes(block, name);
        ulong[] offsets = [.. normal ?? [], .. zero ?? []];
        byte[] slots = new byte[128 * 8];
        Join([.. offsets.Select(U64)]).CopyTo(slots, 0);
        return Join(
            U32(magic), U32(version), U32(flags), U32(allocated), U32((uint)(normal?.Length ?? 0)),
            U32(size ?? (uint)(payload?.Length ?? 0)), U64(0), U32((uint)(zero?.Length ?? 0)), new byte[28],
            name, slots, payload ?? []);
    }

    public static byte[] DeviceState(string name, byte[] payload, uint flags = 0x40, int nameSize = 256)
    {
        byte[] field = new byte[nameSize];
        Encoding.ASCII.GetBytes(name, field);
        return Join(U32(0x11223344), U32(1), U32(flags), field, U32(0), U32((uint)payload.Length), payload);
    }

    /// <summary>
    /// A mapped-ram file of one block of four pages: bitmap behind the header, pages at 0x1000, the stream behind them.
    /// </summary>
    public static byte[] MappedFile(
        byte bitmap, byte[] pages, uint version =
            1, ulong pageSize = PageSize, ulong? bitmapOffset = null, ulong pagesOffset = 0x1000,
        ulong length = 4 * PageSize, ulong total = 4 * PageSize)
    {
        byte[] head = Join(
            FileHeader, Configuration("none", CapabilitiesSubsection("mapped-ram")), RamStart,
            U64(total | 4), Str8("ram"), U64(length));
        ulong afterHeader = (ulong)head.Length + 28;
        byte[] entry = Join(
            U32(version), U64(pageSize), U64(bitmapOffset ?? afterHeader), U64(pagesOffset), [bitmap], new byte[7]);
        return Join(head, entry, new byte[0x1000 - head.Length - entry.Length], pages, Eos, Footer(1), End);
    }

    /// <summary>Offset of the MEM_SIZE record in a mapped-ram file.</summary>
    public static int MappedRecordOffset { get; } =
        Join(FileHeader, Configuration("none", CapabilitiesSubsection("mapped-ram")), RamStart).Length;
}
