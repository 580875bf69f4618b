using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The bodies of CONFIGURATION's subsections (stream reference, section 1.4), big-endian:
/// <code>
/// configuration/target-page-bits  +0 u32 bits
/// configuration/capabilities      +0 u32 count  { str8 name }*
/// configuration/uuid              +0 byte[16]
/// </code>
/// The names of capabilities are read one by one with <see cref="CountedString"/>: a name that nobody knows is wrong before the
/// list is whole.
/// </summary>
public static class ConfigurationBody
{
    /// <summary>No C name: the subsection with the bits of the target page.</summary>
    public const string TargetPageBits = "configuration/target-page-bits";

    /// <summary>No C name: the subsection with the capabilities that are on.</summary>
    public const string Capabilities = "configuration/capabilities";

    /// <summary>No C name: the subsection with the guest's UUID.</summary>
    public const string Uuid = "configuration/uuid";

    /// <summary>No C name: bytes of a UUID.</summary>
    public const int UuidBytes = 16;

    /// <summary>Reads the bits of the target page.</summary>
    /// <param name="source">Bytes from the body on.</param>
    /// <param name="bits">The bits, unchecked.</param>
    /// <param name="consumed">Bytes of the body; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryReadPageBits(ReadOnlySpan<byte> source, out uint bits, out int consumed) =>
        BigEndian.TryReadUInt32(source, out bits, out consumed);

    /// <summary>Reads how many capabilities are named.</summary>
    /// <param name="source">Bytes from the body on.</param>
    /// <param name="count">The number, also where it is invalid.</param>
    /// <param name="consumed">Bytes of the number; 0 unless done.</param>
    /// <returns>Invalid where they are more than <see cref="Limits.CapabilityNames"/>.</returns>
    public static DecodeStatus TryReadCapabilityCount(ReadOnlySpan<byte> source, out uint count, out int consumed)
    {
        DecodeStatus status = BigEndian.TryReadUInt32(source, out count, out consumed);
        if (count <= Limits.CapabilityNames)
            return status;
        consumed = 0;
        return DecodeStatus.InvalidData;
    }

    /// <summary>Reads a UUID.</summary>
    /// <param name="source">Bytes from the body on.</param>
    /// <param name="uuid">The UUID.</param>
    /// <param name="consumed">Bytes of the body; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryReadUuid(ReadOnlySpan<byte> source, out Guid uuid, out int consumed)
    {
        uuid = default;
        consumed = 0;
        if (source.Length < UuidBytes)
            return DecodeStatus.NeedMoreData(UuidBytes);
        uuid = new(source[..UuidBytes], bigEndian: true);
        consumed = UuidBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the bits of the target page, or the number of capabilities.</summary>
    /// <param name="destination">At least 4 bytes.</param>
    /// <param name="value">The number.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, value);
        return sizeof(uint);
    }

    /// <summary>Writes a UUID.</summary>
    /// <param name="destination">At least <see cref="UuidBytes"/>.</param>
    /// <param name="uuid">The UUID.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination, Guid uuid)
    {
        uuid.TryWriteBytes(destination, bigEndian: true, out int written);
        return written;
    }
}
