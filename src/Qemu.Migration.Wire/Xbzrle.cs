using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Qemu.Migration.Wire;

/// <summary>
/// XBZRLE, the delta of a page against its former content (stream reference, sections 3.1 and 3.2):
/// <code>
/// payload = { zrun nzrun }*     zrun  = L                 L bytes stay as they are
///                               nzrun = L bytes[L]        L bytes are replaced
/// L       = 1 byte below 0x80, or low seven bits | 0x80 and a second byte below 0x80
/// </code>
/// A zrun of 0 may only stand first; an nzrun is never 0; nothing follows the last nzrun.
/// </summary>
public static class Xbzrle
{
    /// <summary>ENCODING_FLAG_XBZRLE: the byte that opens an XBZRLE record's body.</summary>
    public const byte EncodingFlag = 0x1;

    /// <summary>Applies a delta to a page. Runs before a faulty one have been written when it fails, as in QEMU.</summary>
    /// <param name="source">The payload; empty means no change.</param>
    /// <param name="page">The page, one page long.</param>
    /// <returns>Whether the payload is well-formed and stays inside the page.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> page)
    {
        ref byte src = ref MemoryMarshal.GetReference(source);
        ref byte dst = ref MemoryMarshal.GetReference(page);
        int length = source.Length;
        int pageLength = page.Length;
        int i = 0;
        int d = 0;
        while (i < length)
        {
            // Run lengths of a byte each and one byte: less is no pair, and the second byte of a long length can be read.
            if (length - i < 3)
                return false;
            bool first = i == 0;
            int zeroRun = Unsafe.Add(ref src, i);
            if (zeroRun >= 0x80 && !TryReadLong(ref src, i++, ref zeroRun))
                return false;
            if (zeroRun == 0 && !first)
                return false;
            i++;
            d += zeroRun;
            if (length - i < 2)
                return false;
            int run = Unsafe.Add(ref src, i);
            if (run >= 0x80 && !TryReadLong(ref src, i++, ref run))
                return false;
            i++;
            // Beyond the page, what is left of it is negative.
            if (run == 0 || run > pageLength - d || run > length - i)
                return false;
            Copy(ref Unsafe.Add(ref dst, d), ref Unsafe.Add(ref src, i), run);
            d += run;
            i += run;
        }
        return true;
    }

    // The caller has seen two bytes at least. On return the value is complete and the index stands on the second byte.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadLong(ref byte src, int index, ref int value)
    {
        int second = Unsafe.Add(ref src, index + 1);
        value = (value & 0x7f) | (second << 7);
        return second < 0x80;
    }

    // Most runs are a few bytes: two overlapping moves beat a call.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(ref byte dst, ref byte src, int count)
    {
        if (count > 32)
        {
            Unsafe.CopyBlockUnaligned(ref dst, ref src, (uint)count);
        }
        else if (count >= 16)
        {
            Vector128<byte> head = Vector128.LoadUnsafe(ref src);
            Vector128<byte> tail = Vector128.LoadUnsafe(ref src, (nuint)count - 16);
            head.StoreUnsafe(ref dst);
            tail.StoreUnsafe(ref dst, (nuint)count - 16);
        }
        else if (count >= 8)
        {
            ulong head = Unsafe.ReadUnaligned<ulong>(ref src);
            ulong tail = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref src, count - 8));
            Unsafe.WriteUnaligned(ref dst, head);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref dst, count - 8), tail);
        }
        else if (count >= 4)
        {
            uint head = Unsafe.ReadUnaligned<uint>(ref src);
            uint tail = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref src, count - 4));
            Unsafe.WriteUnaligned(ref dst, head);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref dst, count - 4), tail);
        }
        else
        {
            dst = src;
            Unsafe.Add(ref dst, count >> 1) = Unsafe.Add(ref src, count >> 1);
            Unsafe.Add(ref dst, count - 1) = Unsafe.Add(ref src, count - 1);
        }
    }

    /// <summary>Encodes the difference of two versions of a page, byte for byte as a real source does.</summary>
    /// <param name="oldPage">The version the destination has.</param>
    /// <param name="newPage">The version it shall have, of the same length.</param>
    /// <param name="destination">Room for the payload; a source gives one page.</param>
    /// <returns>The bytes written; 0 when the pages are equal; -1 when the payload does not fit.</returns>
    public static int Encode(ReadOnlySpan<byte> oldPage, ReadOnlySpan<byte> newPage, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(newPage.Length, oldPage.Length);
        int i = 0;
        int d = 0;
        while (true)
        {
            int equal = oldPage[i..].CommonPrefixLength(newPage[i..]);
            i += equal;
            if (i == newPage.Length)
                return d;
            if (!TryWriteLength(destination, ref d, equal))
                return -1;
            int run = DifferentPrefixLength(oldPage[i..], newPage[i..]);
            if (!TryWriteLength(destination, ref d, run) || run > destination.Length - d)
                return -1;
            newPage.Slice(i, run).CopyTo(destination[d..]);
            d += run;
            i += run;
        }
    }

    private static bool TryWriteLength(Span<byte> destination, ref int index, int value)
    {
        if (destination.Length - index < 2)
            return false;
        if (value < 0x80)
        {
            destination[index++] = (byte)value;
        }
        else
        {
            destination[index++] = (byte)(value & 0x7f | 0x80);
            destination[index++] = (byte)(value >> 7);
        }
        return true;
    }

    private static int DifferentPrefixLength(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int i = 0;
        for (; i <= a.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            Vector256<byte> equal = Vector256.Equals(Vector256.Create(a[i..]), Vector256.Create(b[i..]));
            if (equal != Vector256<byte>.Zero)
                return i + System.Numerics.BitOperations.TrailingZeroCount(equal.ExtractMostSignificantBits());
        }
        while (i < a.Length && a[i] != b[i])
            i++;
        return i;
    }
}
