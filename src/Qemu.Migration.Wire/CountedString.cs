namespace Qemu.Migration.Wire;

/// <summary>
/// <c>str8</c>, a name with its length (stream reference, section 0):
/// <code>
/// +0 u8 n  +1 byte[n]
/// </code>
/// There is no NUL at its end; see <see cref="CString"/> for one inside.
/// </summary>
public static class CountedString
{
    /// <summary>Reads a name.</summary>
    /// <param name="source">Bytes from its length on.</param>
    /// <param name="text">The bytes of the name, part of <paramref name="source"/>.</param>
    /// <param name="consumed">Bytes of length and name; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> text, out int consumed)
    {
        text = default;
        consumed = 0;
        if (source.IsEmpty)
            return DecodeStatus.NeedMoreData(1);
        int needed = 1 + source[0];
        if (source.Length < needed)
            return DecodeStatus.NeedMoreData(needed);
        text = source[1..needed];
        consumed = needed;
        return DecodeStatus.Done;
    }

    /// <summary>Writes a name.</summary>
    /// <param name="destination">At least one byte more than the name.</param>
    /// <param name="text">The name, at most <see cref="Limits.NameBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, Limits.NameBytes);
        destination[0] = (byte)text.Length;
        text.CopyTo(destination[1..]);
        return 1 + text.Length;
    }
}
