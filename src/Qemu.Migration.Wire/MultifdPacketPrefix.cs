using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// What the packets of data and of device state begin with (stream reference, sections 4.3 to 4.5), big-endian:
/// <code>
/// +0 u32 0x11223344  +4 u32 1  +8 u32 flags
/// </code>
/// </summary>
/// <param name="FoundMagic">The magic that was read.</param>
/// <param name="FoundVersion">The version that was read.</param>
/// <param name="Flags">Sync, compression, device state.</param>
public readonly record struct MultifdPacketPrefix(uint FoundMagic, uint FoundVersion, uint Flags)
{
    /// <summary>No C name: bytes of the prefix.</summary>
    public const int SizeBytes = 12;

    /// <summary>Whether a header of device state (<see cref="MultifdDeviceStateHeader"/>) begins, not one of data
    /// (<see cref="MultifdPacketHeader"/>).</summary>
    public bool IsDeviceState => (Flags & MultifdPacket.FlagDeviceState) != 0;

    /// <summary>Reads a prefix.</summary>
    /// <param name="source">Bytes from the packet on.</param>
    /// <param name="prefix">What was read, also where it is invalid.</param>
    /// <param name="consumed">Its bytes; 0 unless done. Headers are read from their prefix on: a caller leaves it where it is.</param>
    /// <returns>Invalid where magic or version is another.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out MultifdPacketPrefix prefix, out int consumed)
    {
        prefix = default;
        consumed = 0;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        prefix = new(
            BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[8..]));
        if (prefix is not { FoundMagic: MultifdPacket.Magic, FoundVersion: MultifdPacket.Version })
            return DecodeStatus.InvalidData;
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the prefix, with the magic and version that are read.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, MultifdPacket.Magic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MultifdPacket.Version);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Flags);
        return SizeBytes;
    }
}
