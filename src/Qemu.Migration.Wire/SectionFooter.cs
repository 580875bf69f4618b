using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The footer at the end of each section (stream reference, section 1.3), big-endian:
/// <code>
/// +0 u8 7e  +1 u32 section id
/// </code>
/// </summary>
/// <param name="Id">The id that the section was started with.</param>
public readonly record struct SectionFooter(uint Id)
{
    /// <summary>No C name: bytes of the footer.</summary>
    public const int SizeBytes = 5;

    /// <summary>Reads a footer.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="footer">The footer.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out SectionFooter footer, out int consumed)
    {
        footer = default;
        consumed = 0;
        if (source.IsEmpty)
            return DecodeStatus.NeedMoreData(1);
        if (source[0] != (byte)SectionType.Footer)
            return DecodeStatus.InvalidData;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        footer = new(BinaryPrimitives.ReadUInt32BigEndian(source[1..]));
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>How far away this footer is at least, in bytes whose own length nobody knows.</summary>
    /// <param name="source">At least <see cref="SizeBytes"/>.</param>
    /// <returns>Bytes before the first place where it may stand; 0 where it stands at the beginning.</returns>
    public int BytesBefore(ReadOnlySpan<byte> source)
    {
        int next = source.IndexOf((byte)SectionType.Footer);
        if (next == 0 && TryRead(source, out SectionFooter found, out _).IsDone && found == this)
            return 0;
        return next < 0 ? source.Length : Math.Max(next, 1);
    }

    /// <summary>Writes the footer.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)SectionType.Footer;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], Id);
        return SizeBytes;
    }
}
