using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// An entry of the block list that follows a MEM_SIZE record (stream reference, section 2.3), big-endian. What follows the length
/// depends on capabilities of both sides, not on the wire:
/// <code>
/// +0 str8 block  +1+n u64 used length  [u64 block page size]  [u64 guest address]  [<see cref="MappedRamHeader"/>]
/// </code>
/// </summary>
public readonly ref struct BlockListEntry(ReadOnlySpan<byte> name, ulong lengthBytes)
{
    /// <summary>The block's name as it stands in the stream.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>Its used length in bytes.</summary>
    public ulong LengthBytes { get; } = lengthBytes;

    /// <summary>Reads name and length.</summary>
    /// <param name="source">Bytes from the entry on.</param>
    /// <param name="entry">Name and length.</param>
    /// <param name="consumed">Their bytes; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out BlockListEntry entry, out int consumed)
    {
        entry = default;
        consumed = 0;
        if (source.IsEmpty)
            return DecodeStatus.NeedMoreData(1);
        int lengthOffset = 1 + source[0];
        if (source.Length < lengthOffset + sizeof(ulong))
            return DecodeStatus.NeedMoreData(lengthOffset + sizeof(ulong));
        entry = new(source[1..lengthOffset], BinaryPrimitives.ReadUInt64BigEndian(source[lengthOffset..]));
        consumed = lengthOffset + sizeof(ulong);
        return DecodeStatus.Done;
    }

    /// <summary>Reads a field that may follow: the block's page size (with <c>postcopy-ram</c>, where it is not the target's), or its
    /// guest physical address (with <c>x-ignore-shared</c>).</summary>
    /// <param name="source">Bytes from the field on.</param>
    /// <param name="value">The field.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryReadField(ReadOnlySpan<byte> source, out ulong value, out int consumed) =>
        BigEndian.TryReadUInt64(source, out value, out consumed);

    /// <summary>Writes name and length.</summary>
    /// <param name="destination">At least 9 bytes more than the name.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        int at = CountedString.Write(destination, Name);
        BinaryPrimitives.WriteUInt64BigEndian(destination[at..], LengthBytes);
        return at + sizeof(ulong);
    }

    /// <summary>Writes a field that may follow.</summary>
    /// <param name="destination">At least 8 bytes.</param>
    /// <param name="value">The field.</param>
    /// <returns>The bytes written.</returns>
    public static int WriteField(Span<byte> destination, ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, value);
        return sizeof(ulong);
    }
}
