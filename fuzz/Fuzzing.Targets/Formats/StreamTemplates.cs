using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>Whole parts of streams, one of each kind that a destination reads, well-formed for <see cref="Machines.None"/>.</summary>
internal static class StreamTemplates
{
    private const int PageBytes = 4096;

    /// <summary>Records of the <c>ram</c> section.</summary>
    public static IEnumerable<byte[]> RamRecords()
    {
        byte[] name = Str8("ram");
        byte[] page = [.. Enumerable.Repeat((byte)0x5a, PageBytes)];
        yield return [.. Header(0, RamFlags.Zero), .. name, 0];
        yield return [.. Header(0x1000, RamFlags.Zero | RamFlags.Continue), 0];
        yield return [.. Header(0x2000, RamFlags.Page), .. name, .. page];
        yield return [.. Header(0x2000, RamFlags.Page | RamFlags.Continue), .. page];
        yield return [.. Header(0x2000, RamFlags.Xbzrle), .. name, 1, 0, 4, 3, 2, 9, 9];
        yield return [.. Header(0x2000, RamFlags.Xbzrle | RamFlags.Continue), 1, 0, 6, 0x80, 2, 3, 7, 8, 9];
        yield return LocalRecord();
        yield return Header(0, RamFlags.Eos);
        yield return Header(0, RamFlags.Hook);
        yield return Header(0, RamFlags.MultifdFlush);
        yield return [.. Header(Machines.NoneRamBytes, RamFlags.MemSize), .. name, .. U64((ulong)Machines.NoneRamBytes)];
    }

    /// <summary>A record for the block that does not migrate.</summary>
    public static byte[] LocalRecord() => [.. Header(0x1000, RamFlags.Zero), .. Str8(Machines.LocalBlock), 0];

    /// <summary>Sections and commands, each with its footer where it has one.</summary>
    public static IEnumerable<byte[]> Sections()
    {
        byte[] eos = Header(0, RamFlags.Eos);
        yield return [.. SectionHeader(1, 2, "ram", 4), .. eos, .. Footer(2)];
        yield return [2, 0, 0, 0, 2, .. eos, .. Footer(2)];
        yield return [3, 0, 0, 0, 2, .. eos, .. Footer(2)];
        yield return [.. SectionHeader(4, 1, "timer", 2), .. new byte[24], .. Footer(1)];
        yield return [.. SectionHeader(4, 3, "globalstate", 1), .. GlobalState("running"), .. Footer(3)];
        yield return [.. SectionHeader(4, 4, "dirty-bitmap", 1), 1, .. Footer(4)];
        yield return [.. SectionHeader(4, 5, "slirp", 4), .. new byte[131], .. Footer(5)];
        yield return [7, 0, 0, 0, 4, .. "none"u8];
        yield return [5, .. Str8("configuration/target-page-bits"), .. U32(1), .. U32(12)];
        yield return [5, .. Str8("configuration/capabilities"), .. U32(1), .. U32(1), .. Str8("xbzrle")];
        yield return [5, .. Str8("configuration/uuid"), .. U32(1), .. new byte[16]];
        yield return Command(CommandType.OpenReturnPath);
        yield return Command(CommandType.Ping, 0x81, 0x42, 0xc3, 0x24);
        yield return Command(CommandType.PostcopyAdvise);
        yield return Command(CommandType.RecvBitmap, Str8("ram"));
        yield return Command(CommandType.SwitchoverStart);
        yield return Command(CommandType.PostcopyResume);
        yield return [0];
        yield return [6, 0, 0, 0, 2, .. "{}"u8];
    }

    /// <summary>Bytes of the description at the end of <see cref="Whole"/>, its header included.</summary>
    public const int EmptyDescriptionBytes = 7;

    /// <summary>A whole small stream for <see cref="Machines.None"/>.</summary>
    public static byte[] Whole() =>
    [
        .. U32(FileHeader.Magic), .. U32(FileHeader.Version), .. Sections().SkipWhile(s => s[0] != 7).First(),
        .. SectionHeader(1, 2, "ram", 4), .. RamRecords().Last(), .. RamRecords().First(), .. Header(0, RamFlags.Eos), .. Footer(2),
        0, 6, 0, 0, 0, 2, .. "{}"u8,
    ];

    /// <summary>A section header of START or FULL.</summary>
    public static byte[] SectionHeader(byte type, uint id, string name, uint version) =>
        [type, .. U32(id), .. Str8(name), .. U32(0), .. U32(version)];

    /// <summary>A record's header.</summary>
    public static byte[] Header(long offset, uint flags) => U64((ulong)offset | flags);

    /// <summary>A command.</summary>
    public static byte[] Command(CommandType command, params ReadOnlySpan<byte> payload) =>
        [8, 0, (byte)command, 0, (byte)payload.Length, .. payload];

    /// <summary>The body of <c>globalstate</c>.</summary>
    public static byte[] GlobalState(string state)
    {
        byte[] body = new byte[104];
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)state.Length + 1);
        Encoding.ASCII.GetBytes(state).CopyTo(body, 4);
        return body;
    }

    /// <summary>A section's footer.</summary>
    public static byte[] Footer(uint id) => [0x7e, .. U32(id)];

    /// <summary>A counted string.</summary>
    public static byte[] Str8(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    /// <summary>A number.</summary>
    public static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A number.</summary>
    public static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
