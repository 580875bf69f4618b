using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The payload of POSTCOPY_RAM_DISCARD (stream reference, sections 6.1 and 6.3), big-endian. It has as many ranges as its command's
/// length leaves room for; a real source sends at most 12:
/// <code>
/// +0 u8 0  +1 str8 block  +2+n u8 0  { u64 start  u64 length }*
/// </code>
/// </summary>
public readonly ref struct RamDiscard
{
    /// <summary>No C name: the only version of the payload.</summary>
    public const byte Version = 0;

    /// <summary>No C name: bytes of a range.</summary>
    public const int RangeBytes = 16;

    private readonly ReadOnlySpan<byte> _ranges;

    private RamDiscard(ReadOnlySpan<byte> block, ReadOnlySpan<byte> ranges)
    {
        Block = block;
        _ranges = ranges;
    }

    /// <summary>The block's name as it stands in the stream.</summary>
    public ReadOnlySpan<byte> Block { get; }

    /// <summary>How many ranges there are.</summary>
    public int Count => _ranges.Length / RangeBytes;

    /// <summary>A range of the block that is thrown away.</summary>
    /// <param name="index">Its number, below <see cref="Count"/>.</param>
    /// <returns>Start and length in bytes.</returns>
    public (ulong Start, ulong LengthBytes) this[int index] =>
        (BinaryPrimitives.ReadUInt64BigEndian(_ranges[(RangeBytes * index)..]),
            BinaryPrimitives.ReadUInt64BigEndian(_ranges[((RangeBytes * index) + 8)..]));

    /// <summary>Reads a payload.</summary>
    /// <param name="source">Bytes behind the command's header.</param>
    /// <param name="lengthBytes">The length that the command's header claims.</param>
    /// <param name="discard">The payload.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where the version is another, the name has no 0 behind it, or the rest is no whole number of ranges.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, int lengthBytes, out RamDiscard discard, out int consumed)
    {
        discard = default;
        consumed = 0;
        if (source.Length < lengthBytes)
            return DecodeStatus.NeedMoreData(lengthBytes);
        ReadOnlySpan<byte> payload = source[..lengthBytes];
        if (payload.IsEmpty || payload[0] != Version
            || CountedString.TryRead(payload[1..], out ReadOnlySpan<byte> block, out int nameBytes) != DecodeStatus.Done)
            return DecodeStatus.InvalidData;
        ReadOnlySpan<byte> rest = payload[(1 + nameBytes)..];
        if (rest.IsEmpty || rest[0] != 0 || (rest.Length - 1) % RangeBytes != 0)
            return DecodeStatus.InvalidData;
        discard = new(block, rest[1..]);
        consumed = lengthBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes a payload.</summary>
    /// <param name="destination">At least 3 bytes, the name and <see cref="RangeBytes"/> a range.</param>
    /// <param name="block">The block's name.</param>
    /// <param name="ranges">Start and length of each range in bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(
        Span<byte> destination, ReadOnlySpan<byte> block, ReadOnlySpan<(ulong Start, ulong LengthBytes)> ranges)
    {
        destination[0] = Version;
        int at = 1 + CountedString.Write(destination[1..], block);
        destination[at++] = 0;
        foreach ((ulong start, ulong length) in ranges)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination[at..], start);
            BinaryPrimitives.WriteUInt64BigEndian(destination[(at + 8)..], length);
            at += RangeBytes;
        }
        return at;
    }
}
