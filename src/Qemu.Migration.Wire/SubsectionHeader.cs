using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The header of a subsection inside device state (stream reference, section 1.7), big-endian; its fields follow:
/// <code>
/// +0 u8 05  +1 str8 name  +2+n u32 version
/// </code>
/// Nothing says whether one follows: a destination looks whether the bytes could be one of the parent's
/// (<see cref="TryPeekName"/>), and otherwise goes on with what they are.
/// </summary>
public readonly ref struct SubsectionHeader(ReadOnlySpan<byte> name, uint version)
{
    private const int NameOffset = 1;

    /// <summary>Its name as it stands in the stream; it starts with its parent's.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The version on the wire. QEMU keeps its lowest byte (found by running it): see <see cref="EffectiveVersion"/>.</summary>
    public uint Version { get; } = version;

    /// <summary>The version that QEMU acts on.</summary>
    public byte EffectiveVersion => unchecked((byte)Version);

    /// <summary>Looks whether a subsection of a parent follows, and reads its name. Consumes nothing in any case.</summary>
    /// <param name="source">Bytes behind the parent's fields.</param>
    /// <param name="parent">The parent's name.</param>
    /// <param name="name">The name.</param>
    /// <returns>Invalid where no subsection of this parent follows: another type byte, a name that is not longer than the parent's, or
    /// does not start with it.</returns>
    public static DecodeStatus TryPeekName(ReadOnlySpan<byte> source, ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (source.IsEmpty)
            return DecodeStatus.NeedMoreData(1);
        if (source[0] != (byte)SectionType.Subsection)
            return DecodeStatus.InvalidData;
        if (source.Length == NameOffset)
            return DecodeStatus.NeedMoreData(NameOffset + 1);
        if (source[NameOffset] <= parent.Length)
            return DecodeStatus.InvalidData;
        DecodeStatus status = CountedString.TryRead(source[NameOffset..], out name, out _);
        if (status.NeedsMoreData)
            return DecodeStatus.NeedMoreData(NameOffset + status.NeededBytes);
        return CString.Of(name).StartsWith(parent) ? DecodeStatus.Done : DecodeStatus.InvalidData;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="header">The header.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out SubsectionHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        DecodeStatus status = TryPeekName(source, default, out ReadOnlySpan<byte> name);
        if (status != DecodeStatus.Done)
            return status;
        int versionOffset = NameOffset + 1 + name.Length;
        if (source.Length < versionOffset + sizeof(uint))
            return DecodeStatus.NeedMoreData(versionOffset + sizeof(uint));
        header = new(name, BinaryPrimitives.ReadUInt32BigEndian(source[versionOffset..]));
        consumed = versionOffset + sizeof(uint);
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least 6 bytes more than the name.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)SectionType.Subsection;
        int at = NameOffset + CountedString.Write(destination[NameOffset..], Name);
        BinaryPrimitives.WriteUInt32BigEndian(destination[at..], Version);
        return at + sizeof(uint);
    }
}
