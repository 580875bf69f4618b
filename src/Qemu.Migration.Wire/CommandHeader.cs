using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The header of COMMAND (stream reference, section 6.1), big-endian; the payload follows, see <see cref="CommandPayload"/>:
/// <code>
/// +0 u8 08  +1 u16 command  +3 u16 length
/// </code>
/// </summary>
/// <param name="Command">The command, whether there is one of that number or not.</param>
/// <param name="LengthBytes">Bytes of the payload.</param>
public readonly record struct CommandHeader(CommandType Command, ushort LengthBytes)
{
    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 5;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="header">The header.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out CommandHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (!source.IsEmpty && source[0] != (byte)SectionType.Command)
            return DecodeStatus.InvalidData;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        header = new(
            (CommandType)BinaryPrimitives.ReadUInt16BigEndian(source[1..]), BinaryPrimitives.ReadUInt16BigEndian(source[3..]));
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)SectionType.Command;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)Command);
        BinaryPrimitives.WriteUInt16BigEndian(destination[3..], LengthBytes);
        return SizeBytes;
    }
}
