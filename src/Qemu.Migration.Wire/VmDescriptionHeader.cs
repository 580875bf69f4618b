using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// What stands in front of the VMDESCRIPTION's JSON, behind the top-level EOF (stream reference, section 1.9), big-endian:
/// <code>
/// +0 u8 06  +1 u32 n  +5 byte[n] JSON
/// </code>
/// </summary>
/// <param name="LengthBytes">Bytes of the JSON.</param>
public readonly record struct VmDescriptionHeader(uint LengthBytes)
{
    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 5;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="header">The header.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out VmDescriptionHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (source.IsEmpty)
            return DecodeStatus.NeedMoreData(1);
        if (source[0] != (byte)SectionType.VmDescription)
            return DecodeStatus.InvalidData;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        header = new(BinaryPrimitives.ReadUInt32BigEndian(source[1..]));
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)SectionType.VmDescription;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], LengthBytes);
        return SizeBytes;
    }
}
