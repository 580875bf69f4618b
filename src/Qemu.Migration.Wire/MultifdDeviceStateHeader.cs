using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The header of a packet of device state (stream reference, section 4.4; QEMU 10.0 and newer), big-endian; the payload follows:
/// <code>
/// +0 <see cref="MultifdPacketPrefix"/>  +12 byte[256] idstr, ended by a NUL  +268 u32 instance id  +272 u32 payload bytes
/// </code>
/// </summary>
public readonly ref struct MultifdDeviceStateHeader(uint flags, ReadOnlySpan<byte> name, uint instanceId, uint payloadBytes)
{
    /// <summary>No C name: bytes of the header.</summary>
    public const int SizeBytes = 276;

    private const int NameOffset = 12;
    private const int NameFieldBytes = 256;
    private const int InstanceOffset = 268;

    /// <summary>Device state, and others.</summary>
    public uint Flags { get; } = flags;

    /// <summary>The section's idstr, without its NUL.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The instance of that name.</summary>
    public uint InstanceId { get; } = instanceId;

    /// <summary>next_packet_size: bytes that follow.</summary>
    public uint PayloadBytes { get; } = payloadBytes;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the packet on.</param>
    /// <param name="header">The header.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where the prefix is invalid or of another packet, or the name has no NUL.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out MultifdDeviceStateHeader header, out int consumed)
    {
        header = default;
        DecodeStatus status = MultifdPacketPrefix.TryRead(source, out MultifdPacketPrefix prefix, out consumed);
        consumed = 0;
        if (status != DecodeStatus.Done)
            return status;
        if (!prefix.IsDeviceState)
            return DecodeStatus.InvalidData;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        ReadOnlySpan<byte> name = CString.Of(source.Slice(NameOffset, NameFieldBytes));
        if (name.Length == NameFieldBytes)
            return DecodeStatus.InvalidData;
        header = new(
            prefix.Flags, name, BinaryPrimitives.ReadUInt32BigEndian(source[InstanceOffset..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[(InstanceOffset + 4)..]));
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Name.Length, NameFieldBytes);
        destination[..SizeBytes].Clear();
        new MultifdPacketPrefix(MultifdPacket.Magic, MultifdPacket.Version, Flags).Write(destination);
        Name.CopyTo(destination[NameOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(destination[InstanceOffset..], InstanceId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(InstanceOffset + 4)..], PayloadBytes);
        return SizeBytes;
    }
}
