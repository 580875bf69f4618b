using Fuzzing.Engine.Mutation;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>Finds the records of the <c>ram</c> section.</summary>
internal static class RamRecordScan
{
    private const int PageBytes = 4096;
    private const int MostRuns = 64;

    /// <summary>Reads records up to EOS, or to where they make no sense.</summary>
    /// <param name="scan">At the first record; left behind the last.</param>
    /// <param name="stopsAtEos">Whether the records end with EOS.</param>
    /// <returns>Whether it came to EOS.</returns>
    public static bool Read(ref StreamScan scan, bool stopsAtEos)
    {
        while (scan.Has(RamFlags.HeaderBytes))
        {
            uint flags = scan.PeekUInt16(6) & (uint)(PageBytes - 1);
            uint kind = flags & ~RamFlags.Continue;
            scan.Field(0, 8, FieldRole.Offset);
            scan.Field(6, 2, FieldRole.Flags);
            switch (kind)
            {
                case RamFlags.MemSize:
                    BlockList(ref scan);
                    break;
                case RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle:
                    PageRecord(ref scan, flags, kind);
                    break;
                case RamFlags.Eos:
                    scan.Part(RamFlags.HeaderBytes, PartKind.RamRecord);
                    if (stopsAtEos)
                        return true;
                    break;
                case RamFlags.Hook or RamFlags.MultifdFlush:
                    scan.Part(RamFlags.HeaderBytes, PartKind.RamRecord);
                    break;
                default:
                    return false;
            }
        }
        return false;
    }

    private static void PageRecord(ref StreamScan scan, uint flags, uint kind)
    {
        int body = RamFlags.HeaderBytes;
        if ((flags & RamFlags.Continue) == 0 && scan.Has(body + 1))
        {
            int name = scan.Peek(body);
            scan.Length(body, 1, body + 1, name);
            body += 1 + name;
        }
        if (kind == RamFlags.Zero)
        {
            if (scan.Has(body + 1))
                scan.Field(body, 1, FieldRole.Value);
            scan.Part(body + 1, PartKind.RamRecord);
        }
        else if (kind == RamFlags.Page)
        {
            if (scan.Has(body + PageBytes))
                scan.Map.AddBody(scan.At + body, scan.At + body + PageBytes);
            scan.Part(body + PageBytes, PartKind.RamRecord);
        }
        else if (scan.Has(body + 3))
        {
            int length = scan.PeekUInt16(body + 1);
            scan.Field(body, 1, FieldRole.Magic);
            scan.Length(body + 1, 2, body + 3, length);
            if (scan.Has(body + 3 + length))
            {
                scan.Map.AddBody(scan.At + body + 3, scan.At + body + 3 + length);
                Deltas(scan, body + 3, length);
            }
            scan.Part(body + 3 + length, PartKind.RamRecord);
        }
        else
        {
            scan.Part(scan.Left, PartKind.RamRecord);
        }
    }

    // The lengths of runs, one or two bytes each; of thousands the first, which are as good as any.
    private static void Deltas(in StreamScan scan, int from, int length)
    {
        int at = from;
        bool isContent = false;
        for (int runs = 0; runs < MostRuns && at < from + length; runs++)
        {
            int run = scan.Peek(at);
            int width = run < 0x80 ? 1 : 2;
            if (at + width > from + length)
                return;
            if (width == 2)
                run = (run & 0x7f) | scan.Peek(at + 1) << 7;
            scan.Map.AddField(new(scan.At + at, width, FieldRole.Value, IsLittleEndian: true));
            at += width + (isContent ? run : 0);
            isContent = !isContent;
        }
    }

    private static void BlockList(ref StreamScan scan)
    {
        ulong left = scan.PeekUInt64() & ~(ulong)(PageBytes - 1);
        int at = RamFlags.HeaderBytes;
        while (left > 0 && scan.Has(at + 1) && scan.Has(at + 9 + scan.Peek(at)))
        {
            int name = scan.Peek(at);
            scan.Length(at, 1, at + 1, name);
            scan.Field(at + 1 + name, 8, FieldRole.Value);
            ulong length = scan.PeekUInt64(at + 1 + name);
            at += 9 + name;
            if (length > left)
                break;
            left -= length;
        }
        scan.Part(at, PartKind.BlockList);
    }
}
