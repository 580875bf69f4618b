using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// Header B, of PART and END (stream reference, section 1.3), big-endian:
/// <code>
/// +0 u8 02|03  +1 u32 section id
/// </code>
/// </summary>
/// <param name="Type">Part or End: they mean the same.</param>
/// <param name="Id">The id that a START or FULL has given.</param>
public readonly record struct SectionPartHeader(SectionType Type, uint Id)
{
    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 5;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="header">The header.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out SectionPartHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (!source.IsEmpty && (SectionType)source[0] is not (SectionType.Part or SectionType.End))
            return DecodeStatus.InvalidData;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        header = new((SectionType)source[0], BinaryPrimitives.ReadUInt32BigEndian(source[1..]));
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)Type;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], Id);
        return SizeBytes;
    }
}
