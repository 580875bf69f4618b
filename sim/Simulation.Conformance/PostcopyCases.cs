using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Engine.Choices;

namespace Simulation.Conformance;

/// <summary>
/// Cases of postcopy from seeds: a source that brings some pages, throws some away, sends the guest, and then what is missing. It waits for
/// no answer, and nobody asks it for a page: the machine has no processor. Half of the streams leave the format.
/// </summary>
internal static class PostcopyCases
{
    private const int PageBytes = 4096;
    private const int RamId = 1;

    /// <summary>Draws a case.</summary>
    /// <param name="random">Decides everything.</param>
    /// <param name="seed">What to call it.</param>
    public static RefereeCase Draw(Prng random, ulong seed)
    {
        int pages = random.Pick<int>([2, 4, 16, 64, 130, 256]);
        List<byte[]> parts = DrawParts(random, pages);
        string odd = random.Chance(Ratio.Percent(50)) ? Spoil(random, parts, pages) : "";
        byte[] stream = [.. parts.SelectMany(part => part)];
        if (random.Chance(Ratio.Percent(10)))
        {
            stream = stream[..random.NextInt(stream.Length)];
            odd += ", cut";
        }
        MachineProfile profile = CaseFolder.Profile(RefereeDraw.BlockName, (long)pages * PageBytes);
        return new RefereeCase
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, postcopy{odd}"),
            Arguments = ["--seed", seed.ToString(CultureInfo.InvariantCulture)],
            Profile = profile,
            Machine = CaseFolder.Machine(profile, autostart: true),
            Capabilities = ["postcopy-ram"],
            Poison = random.Chance(Ratio.Percent(25)) ? (byte)random.NextInt(256) : (byte)0,
            Connections = [new(stream)],
        };
    }

    private static List<byte[]> DrawParts(Prng random, int pages)
    {
        bool[] isThere = new bool[pages];
        List<byte[]> parts = [Header(), Command(CommandType.OpenReturnPath)];
        parts.Add(Command(CommandType.PostcopyAdvise, [.. U64(PageBytes), .. U64(PageBytes)]));
        byte[] list = [.. U64(((ulong)pages * PageBytes) | RamFlags.MemSize), .. Text(RefereeDraw.BlockName), .. U64((ulong)pages * PageBytes)];
        parts.Add(Section(SectionType.Start, "ram", RamFlags.SectionVersion, [.. list, .. U64(RamFlags.Eos)]));
        for (int i = random.NextInt(3); i > 0; i--)
            parts.Add(DrawPart(random, isThere, random.NextInt(pages)));

        // A source always has pages to throw away, but for one whose guest is idle (deviation L2).
        for (int i = random.Chance(Ratio.Percent(95)) ? 1 + random.NextInt(3) : 0; i > 0; i--)
            parts.Add(DrawDiscard(random, isThere));
        parts.Add(Command(CommandType.Ping, U32(2)));
        parts.Add(Package(random));
        while (Array.IndexOf(isThere, false) is var missing and >= 0)
            parts.Add(DrawPart(random, isThere, missing));
        parts.Add([.. Section(SectionType.End, "", 0, U64(RamFlags.Eos)), (byte)SectionType.Eof]);
        return parts;
    }

    // Some pages from one on, each once.
    private static byte[] DrawPart(Prng random, bool[] isThere, int first)
    {
        List<byte> records = [];
        int end = Math.Min(isThere.Length, first + 1 + random.NextInt(1 + (isThere.Length / 2)));
        for (int page = first; page < end; page++)
        {
            if (isThere[page])
                continue;
            isThere[page] = true;
            uint flags = records.Count == 0 ? 0 : RamFlags.Continue;
            bool isZero = random.Chance(Ratio.Percent(60));
            records.AddRange(U64(((ulong)page * PageBytes) | (isZero ? RamFlags.Zero : RamFlags.Page) | flags));
            if (flags == 0)
                records.AddRange(Text(RefereeDraw.BlockName));
            byte[] body = new byte[isZero ? 1 : PageBytes];
            body.AsSpan().Fill(isZero ? (byte)0 : (byte)(1 + random.NextInt(255)));
            records.AddRange(body);
        }
        return Section(SectionType.Part, "", 0, [.. records, .. U64(RamFlags.Eos)]);
    }

    private static byte[] DrawDiscard(Prng random, bool[] isThere)
    {
        int first = random.NextInt(isThere.Length);
        int count = 1 + random.NextInt(isThere.Length - first);
        isThere.AsSpan(first, count).Clear();
        return Command(
            CommandType.PostcopyRamDiscard,
            [RamDiscard.Version, .. Text(RefereeDraw.BlockName), 0, .. U64((ulong)first * PageBytes), .. U64((ulong)count * PageBytes)]);
    }

    private static byte[] Package(Prng random)
    {
        byte[] state = new byte[104];
        BinaryPrimitives.WriteUInt32BigEndian(state, 8);
        "running"u8.CopyTo(state.AsSpan(4));
        byte[] inner =
        [
            .. Command(CommandType.PostcopyListen), .. Section(SectionType.Full, "timer", 2, new byte[24], 0),
            .. Section(SectionType.Full, "globalstate", 1, state, 3), .. Command(CommandType.Ping, U32(3)), .. Command(CommandType.PostcopyRun),
            .. new byte[random.Chance(Ratio.Percent(10)) ? random.NextInt(9) : 0],
        ];
        return [.. Command(CommandType.Packaged, U32((uint)inner.Length)), .. inner];
    }

    // What it does, a clause for the name.
    private static string Spoil(Prng random, List<byte[]> parts, int pages)
    {
        int at = 1 + random.NextInt(parts.Count - 1);
        switch (random.NextInt(7))
        {
            case 0:
                parts.RemoveAt(at);
                return ", a part is missing";
            case 1:
                parts.Insert(at, parts[at]);
                return ", a part comes twice";
            case 2:
                (parts[at - 1], parts[at]) = (parts[at], parts[at - 1]);
                return ", two parts are exchanged";
            case 3:
                parts.Insert(at, Section(SectionType.Full, "timer", 2, new byte[24], 0));
                return ", a device's section anywhere";
            case 4:
                parts.Insert(at, Command((CommandType)random.NextInt(13), new byte[random.Pick<int>([0, 0, 4, 16])]));
                return ", a command anywhere";
            case 5:
                parts.Insert(at, Section(SectionType.Part, "", 0, [.. U64((ulong)(pages + random.NextInt(2)) * PageBytes | RamFlags.Zero), .. Text(RefereeDraw.BlockName), 0, .. U64(RamFlags.Eos)]));
                return ", a page beyond the block";
            default:
                byte[] changed = [.. parts[at]];
                changed[random.NextInt(Math.Min(changed.Length, 64))] ^= (byte)(1 << random.NextInt(8));
                parts[at] = changed;
                return ", a bit is wrong";
        }
    }

    private static byte[] Header() =>
        [.. U32(FileHeader.Magic), .. U32(FileHeader.Version), (byte)SectionType.Configuration, .. U32(4), .. "none"u8];

    private static byte[] Section(SectionType type, string name, uint version, byte[] body, uint id = RamId) =>
    [
        (byte)type, .. U32(id), .. type is SectionType.Start or SectionType.Full ? [.. Text(name), .. U32(0), .. U32(version)] : Array.Empty<byte>(),
        .. body, (byte)SectionType.Footer, .. U32(id),
    ];

    private static byte[] Command(CommandType type, params byte[] payload)
    {
        int length = type == CommandType.Packaged ? sizeof(uint) : payload.Length;
        return [(byte)SectionType.Command, 0, (byte)type, (byte)(length >> 8), (byte)length, .. payload];
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] U32(uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
