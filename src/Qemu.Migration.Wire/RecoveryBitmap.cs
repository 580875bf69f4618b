using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// What follows a RECV_BITMAP message of the return path (stream reference, section 6.2): which pages of a block have been received.
/// Numbers are big-endian, the bitmap is little-endian:
/// <code>
/// +0 u64 n  +8 byte[n] bitmap, one bit a page, whole words of 8 bytes  +8+n u64 0x0123456789abcdef
/// </code>
/// </summary>
public readonly ref struct RecoveryBitmap(ReadOnlySpan<byte> bits)
{
    /// <summary>RAMBLOCK_RECV_BITMAP_ENDING: the mark behind the bitmap.</summary>
    public const ulong EndMark = 0x0123456789abcdef;

    private const int SizeFieldBytes = 8;
    private const int EndMarkBytes = 8;

    /// <summary>The bitmap: bit k, counted from the lowest of byte 0, is page k.</summary>
    public ReadOnlySpan<byte> Bits { get; } = bits;

    /// <summary>Reads a bitmap.</summary>
    /// <param name="source">Bytes behind the message.</param>
    /// <param name="bitmap">The bitmap, part of <paramref name="source"/>.</param>
    /// <param name="consumed">Bytes of size, bitmap and mark; 0 unless done.</param>
    /// <returns>Invalid where the size is no multiple of 8 or above <see cref="Limits.RecoveryBitmapBytes"/>, or the mark is
    /// another.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out RecoveryBitmap bitmap, out int consumed)
    {
        bitmap = default;
        consumed = 0;
        if (source.Length < SizeFieldBytes)
            return DecodeStatus.NeedMoreData(SizeFieldBytes);
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(source);
        if (size > Limits.RecoveryBitmapBytes || size % sizeof(ulong) != 0)
            return DecodeStatus.InvalidData;
        int markOffset = SizeFieldBytes + (int)size;
        if (source.Length < markOffset + EndMarkBytes)
            return DecodeStatus.NeedMoreData(markOffset + EndMarkBytes);
        if (BinaryPrimitives.ReadUInt64BigEndian(source[markOffset..]) != EndMark)
            return DecodeStatus.InvalidData;
        bitmap = new(source[SizeFieldBytes..markOffset]);
        consumed = markOffset + EndMarkBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the bitmap.</summary>
    /// <param name="destination">At least 16 bytes more than the bitmap.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(Bits.Length % sizeof(ulong), 0);
        BinaryPrimitives.WriteUInt64BigEndian(destination, (ulong)Bits.Length);
        Bits.CopyTo(destination[SizeFieldBytes..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[(SizeFieldBytes + Bits.Length)..], EndMark);
        return SizeFieldBytes + Bits.Length + EndMarkBytes;
    }
}
