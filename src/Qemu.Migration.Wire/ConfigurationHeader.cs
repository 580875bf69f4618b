using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The fields of CONFIGURATION (stream reference, section 1.4), big-endian; subsections follow, see <see cref="SubsectionHeader"/>
/// and <see cref="ConfigurationBody"/>:
/// <code>
/// +0 u8 07  +1 u32 n  +5 byte[n] machine name
/// </code>
/// </summary>
public readonly ref struct ConfigurationHeader
{
    /// <summary>No C name: bytes in front of the machine name.</summary>
    public const int FixedBytes = 5;

    /// <summary>Makes a header.</summary>
    /// <param name="machineName">The machine type's name, at most <see cref="Limits.MachineNameBytes"/>.</param>
    public ConfigurationHeader(ReadOnlySpan<byte> machineName)
    {
        MachineName = machineName;
        NameBytes = (uint)machineName.Length;
    }

    private ConfigurationHeader(uint nameBytes) => NameBytes = nameBytes;

    /// <summary>The machine type's name as it stands in the stream.</summary>
    public ReadOnlySpan<byte> MachineName { get; }

    /// <summary>Bytes of the machine name, also where they are too many.</summary>
    public uint NameBytes { get; }

    /// <summary>Reads type byte, length and machine name.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="header">What was read.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there, or the name is longer than <see cref="Limits.MachineNameBytes"/>.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out ConfigurationHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (source.IsEmpty)
            return DecodeStatus.NeedMoreData(1);
        if (source[0] != (byte)SectionType.Configuration)
            return DecodeStatus.InvalidData;
        if (source.Length < FixedBytes)
            return DecodeStatus.NeedMoreData(FixedBytes);
        header = new(BinaryPrimitives.ReadUInt32BigEndian(source[1..]));
        if (header.NameBytes > Limits.MachineNameBytes)
            return DecodeStatus.InvalidData;
        int needed = FixedBytes + (int)header.NameBytes;
        if (source.Length < needed)
            return DecodeStatus.NeedMoreData(needed);
        header = new(source[FixedBytes..needed]);
        consumed = needed;
        return DecodeStatus.Done;
    }

    /// <summary>Writes type byte, length and machine name.</summary>
    /// <param name="destination">At least <see cref="FixedBytes"/> more than the name.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MachineName.Length, Limits.MachineNameBytes);
        destination[0] = (byte)SectionType.Configuration;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], NameBytes);
        MachineName.CopyTo(destination[FixedBytes..]);
        return FixedBytes + MachineName.Length;
    }
}
