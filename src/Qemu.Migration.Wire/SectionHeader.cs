using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// Header A, of START and FULL (stream reference, section 1.3), big-endian:
/// <code>
/// +0 u8 01|04  +1 u32 section id  +5 str8 idstr  +6+n u32 instance id  +10+n u32 version
/// </code>
/// </summary>
public readonly ref struct SectionHeader(SectionType type, uint id, ReadOnlySpan<byte> name, uint instanceId, uint version)
{
    private const int NameOffset = 5;

    /// <summary>Start or Full: they mean the same.</summary>
    public SectionType Type { get; } = type;

    /// <summary>The id that PART, END and the footer refer to; the source chooses it.</summary>
    public uint Id { get; } = id;

    /// <summary>The section's idstr as it stands in the stream; not empty.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The instance of that name.</summary>
    public uint InstanceId { get; } = instanceId;

    /// <summary>The version of its body.</summary>
    public uint Version { get; } = version;

    /// <summary>Reads a header.</summary>
    /// <param name="source">Bytes from the type byte on.</param>
    /// <param name="header">What was read; the id also where the name is invalid.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where another type byte stands there, or the name is empty.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out SectionHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (!source.IsEmpty && (SectionType)source[0] is not (SectionType.Start or SectionType.Full))
            return DecodeStatus.InvalidData;
        if (source.Length <= NameOffset)
            return DecodeStatus.NeedMoreData(NameOffset + 1);
        SectionType type = (SectionType)source[0];
        uint id = BinaryPrimitives.ReadUInt32BigEndian(source[1..]);
        header = new(type, id, default, 0, 0);
        int nameBytes = source[NameOffset];
        if (nameBytes == 0)
            return DecodeStatus.InvalidData;
        int instanceOffset = NameOffset + 1 + nameBytes;
        if (source.Length < instanceOffset + 8)
            return DecodeStatus.NeedMoreData(instanceOffset + 8);
        header = new(
            type, id, source[(NameOffset + 1)..instanceOffset], BinaryPrimitives.ReadUInt32BigEndian(source[instanceOffset..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[(instanceOffset + 4)..]));
        consumed = instanceOffset + 8;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least 14 bytes more than the name.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)Type;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], Id);
        int at = NameOffset + CountedString.Write(destination[NameOffset..], Name);
        BinaryPrimitives.WriteUInt32BigEndian(destination[at..], InstanceId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(at + 4)..], Version);
        return at + 8;
    }
}
