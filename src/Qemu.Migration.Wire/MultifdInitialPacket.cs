using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The first packet of a multifd channel (stream reference, section 4.2), big-endian:
/// <code>
/// +0 u32 0x11223344  +4 u32 1  +8 byte[16] uuid  +24 u8 channel id  +25 byte[39] 0
/// </code>
/// </summary>
/// <param name="FoundMagic">The magic that was read.</param>
/// <param name="FoundVersion">The version that was read.</param>
/// <param name="Uuid">The guest's; zeros where it has none.</param>
/// <param name="Channel">The channel's id, from 0.</param>
public readonly record struct MultifdInitialPacket(uint FoundMagic, uint FoundVersion, Guid Uuid, byte Channel)
{
    /// <summary>No C name: bytes of the packet.</summary>
    public const int SizeBytes = 64;

    private const int UuidOffset = 8;
    private const int ChannelOffset = 24;

    /// <summary>Makes a packet.</summary>
    /// <param name="uuid">The guest's, or null for none.</param>
    /// <param name="channel">The channel's id.</param>
    public MultifdInitialPacket(Guid? uuid, byte channel)
        : this(MultifdPacket.Magic, MultifdPacket.Version, uuid ?? Guid.Empty, channel)
    {
    }

    /// <summary>Reads a packet.</summary>
    /// <param name="source">Bytes from the channel's first on.</param>
    /// <param name="packet">What was read, also where it is invalid.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where magic or version is another.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out MultifdInitialPacket packet, out int consumed)
    {
        packet = default;
        consumed = 0;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        packet = new(
            BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            new(source.Slice(UuidOffset, 16), bigEndian: true), source[ChannelOffset]);
        if (packet is not { FoundMagic: MultifdPacket.Magic, FoundVersion: MultifdPacket.Version })
            return DecodeStatus.InvalidData;
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the packet, with the magic and version that are read.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(destination, MultifdPacket.Magic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MultifdPacket.Version);
        Uuid.TryWriteBytes(destination[UuidOffset..], bigEndian: true, out _);
        destination[ChannelOffset] = Channel;
        return SizeBytes;
    }
}
