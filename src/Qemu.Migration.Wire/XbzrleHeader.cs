using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Qemu.Migration.Wire;

/// <summary>
/// What an XBZRLE record has in front of its delta (stream reference, section 3.1), big-endian:
/// <code>
/// +0 u8 1  +1 u16 n  +3 byte[n] delta, see <see cref="Xbzrle"/>
/// </code>
/// </summary>
/// <param name="Encoding">The encoding: <see cref="Xbzrle.EncodingFlag"/>.</param>
/// <param name="LengthBytes">Bytes of the delta; a page at most.</param>
public readonly record struct XbzrleHeader(byte Encoding, ushort LengthBytes)
{
    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 3;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes behind the record's header and name.</param>
    /// <param name="header">What was read, also where it is invalid.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where the encoding is another.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out XbzrleHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        header = new(source[0], BinaryPrimitives.ReadUInt16BigEndian(source[1..]));
        if (header.Encoding != Xbzrle.EncodingFlag)
            return DecodeStatus.InvalidData;
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Reads the length of a header that is there whole, whatever its encoding; inlined, for looking ahead.</summary>
    /// <param name="first">The first of its bytes.</param>
    /// <returns>Bytes of the delta.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadLength(ref readonly byte first)
    {
        ushort length = Unsafe.ReadUnaligned<ushort>(in Unsafe.Add(ref Unsafe.AsRef(in first), 1));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(length) : length;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = Encoding;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], LengthBytes);
        return SizeBytes;
    }
}
