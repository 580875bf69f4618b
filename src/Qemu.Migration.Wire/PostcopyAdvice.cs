using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The payload of POSTCOPY_ADVISE with <c>postcopy-ram</c> (stream reference, section 6.3), big-endian:
/// <code>
/// +0 u64 page sizes  +8 u64 target page size
/// </code>
/// </summary>
/// <param name="PageSizes">The page sizes of all blocks, combined with OR, in bytes.</param>
/// <param name="TargetPageBytes">The target page size in bytes.</param>
public readonly record struct PostcopyAdvice(ulong PageSizes, ulong TargetPageBytes)
{
    /// <summary>No C name: bytes of the payload.</summary>
    public const int SizeBytes = 16;

    /// <summary>Reads a payload.</summary>
    /// <param name="source">Bytes behind the command's header.</param>
    /// <param name="advice">The payload.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out PostcopyAdvice advice, out int consumed)
    {
        advice = default;
        consumed = 0;
        if (source.Length < SizeBytes)
            return DecodeStatus.NeedMoreData(SizeBytes);
        advice = new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));
        consumed = SizeBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the payload.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, PageSizes);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], TargetPageBytes);
        return SizeBytes;
    }
}
