using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// Runs a few XBZRLE records ahead of the decoder and has the cache fetch the lines they will change. A delta touches a line or two
/// of a page that nobody has used for a pass over RAM: without this, waiting for memory is two thirds of its cost.
/// </summary>
internal static class DeltaScout
{
    private const int LeadBytes = 512;
    private const int RunsPerRecord = 4;
    private const int RecordBytes = RamFlags.HeaderBytes + XbzrleHeader.SizeBytes;

    /// <summary>Looks at the records from one place on.</summary>
    /// <param name="window">The bytes read ahead.</param>
    /// <param name="scout">Where the next record not looked at begins.</param>
    /// <param name="at">Where the decoder stands.</param>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="block">The block of the decoder's record, and so of every CONTINUE that follows.</param>
    /// <returns>Where to go on; nothing there has been judged.</returns>
    public static int GoAhead(ReadOnlySpan<byte> window, int scout, int at, GuestMemory memory, RamBlock block)
    {
        while (scout - at < LeadBytes && window.Length - scout > RecordBytes + 4)
        {
            ulong header = RamRecord.ReadHeader(in window[scout]);
            ulong flagMask = (uint)memory.PageSizeBytes - 1;
            if ((header & flagMask) != (RamFlags.Xbzrle | RamFlags.Continue))
                return scout == at ? at : scout;
            int length = XbzrleHeader.ReadLength(in window[scout + RamFlags.HeaderBytes]);
            int body = scout + RecordBytes;
            ulong page = header & ~flagMask;
            if (length <= window.Length - body && page < (ulong)block.UsedLengthBytes)
                Fetch(window.Slice(body, length), memory, block, (long)page);
            scout = body + length;
        }
        return scout;
    }

    private static void Fetch(ReadOnlySpan<byte> delta, GuestMemory memory, RamBlock block, long page)
    {
        int at = 0;
        int offset = 0;
        for (int run = 0; run < RunsPerRecord && at + 3 < delta.Length; run++)
        {
            offset += Length(delta, ref at);
            if (offset >= memory.PageSizeBytes || at + 1 >= delta.Length)
                return;
            GuestMemory.Prefetch(block, page + offset);
            int count = Length(delta, ref at);
            offset += count;
            at += count;
        }
    }

    private static int Length(ReadOnlySpan<byte> delta, ref int at)
    {
        int low = delta[at++];
        return low < 0x80 ? low : (low & 0x7f) | delta[at++] << 7;
    }
}
