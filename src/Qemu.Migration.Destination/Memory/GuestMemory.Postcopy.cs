using System.Numerics;
using System.Runtime.CompilerServices;

namespace Qemu.Migration.Destination.Memory;

/// <content>What only postcopy does: pages are thrown away, and the guest writes while others arrive.</content>
public sealed unsafe partial class GuestMemory
{
    /// <summary>A block's place in <see cref="Blocks"/>.</summary>
    /// <param name="block">One of the blocks.</param>
    internal int IndexOf(RamBlock block) => Array.IndexOf(_blocks, block);

    /// <summary>Throws pages away: they are zero, and have not been received. No other task writes them meanwhile.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <returns>How many had been received.</returns>
    internal long Discard(RamBlock block, long first, long count)
    {
        long received = 0;
        for (long end = first + count; first < end;)
        {
            int shift = (int)(first & 63);
            int width = (int)Math.Min(64 - shift, end - first);
            ulong bits = (width == 64 ? ulong.MaxValue : (1UL << width) - 1) << shift;
            ref ulong touched = ref Unsafe.Add(ref block.Touched.Words, (nint)(first >> 6));
            for (ulong rest = touched & bits; rest != 0; rest &= rest - 1)
                ClearUnlessZero(block, (first & ~63L) + BitOperations.TrailingZeroCount(rest));
            Interlocked.And(ref touched, ~bits);
            ref ulong arrived = ref Unsafe.Add(ref block.Received.Words, (nint)(first >> 6));
            received += BitOperations.PopCount(Interlocked.And(ref arrived, ~bits) & bits);
            first += width;
        }
        return received;
    }

    /// <summary>Stores what the guest itself writes into a page that is there.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="source">The bytes, all in one page.</param>
    internal void GuestWrite(RamBlock block, long offset, ReadOnlySpan<byte> source)
    {
        long page = offset >> PageShift;
        _watch?.WriteBegins(block.Name, page, 1);
        Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), 1UL << (int)(page & 63));
        source.CopyTo(new Span<byte>(block.Host + offset, source.Length));
        _watch?.WriteEnded(block.Name, page, 1);
    }
}
