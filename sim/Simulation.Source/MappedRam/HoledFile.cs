namespace Simulation.Source.MappedRam;

/// <summary>A range of a file that was never written, and for which nothing is stored.</summary>
/// <param name="Offset">Absolute offset of its first byte.</param>
/// <param name="LengthBytes">How many bytes.</param>
public readonly record struct FileHole(long Offset, long LengthBytes)
{
    /// <summary>Absolute offset behind its last byte.</summary>
    public long EndOffset => Offset + LengthBytes;
}

/// <summary>A file as its reader sees it: what is stored, and zeros in its holes.</summary>
/// <param name="stored">The bytes outside the holes.</param>
/// <param name="holes">The holes in ascending order.</param>
public sealed class HoledFile(ReadOnlyMemory<byte> stored, IReadOnlyList<FileHole> holes)
{
    /// <summary>The file's length in bytes: a hole behind all that is stored is no part of it.</summary>
    public long LengthBytes { get; } = OffsetOf(stored.Length, holes);

    /// <summary>Bytes of the file.</summary>
    /// <param name="offset">Absolute offset of the first one.</param>
    /// <param name="count">How many; fewer come back where the file ends before.</param>
    /// <returns>The stored bytes themselves, or a copy where a hole is among them.</returns>
    public ReadOnlyMemory<byte> Read(long offset, int count)
    {
        count = (int)Math.Clamp(LengthBytes - offset, 0, count);
        if (count == 0)
            return default;
        long skipped = 0;
        foreach (FileHole hole in holes)
        {
            if (offset + count <= hole.Offset)
                break;
            if (offset < hole.EndOffset)
                return Copy(offset, count);
            skipped += hole.LengthBytes;
        }

        return stored.Slice((int)(offset - skipped), count);
    }

    private static long OffsetOf(long storedOffset, IReadOnlyList<FileHole> holes)
    {
        long offset = storedOffset;
        foreach (FileHole hole in holes)
            offset += hole.Offset < offset ? hole.LengthBytes : 0;
        return offset;
    }

    private byte[] Copy(long offset, int count)
    {
        byte[] bytes = new byte[count];
        long at = 0;
        long storedAt = 0;
        foreach (FileHole hole in (IEnumerable<FileHole>)[.. holes, new FileHole(LengthBytes, 0)])
        {
            // The bytes between the previous hole and this one.
            long from = Math.Max(at, offset);
            long to = Math.Min(Math.Min(hole.Offset, LengthBytes), offset + count);
            if (from < to)
                stored.Span.Slice((int)(storedAt + from - at), (int)(to - from)).CopyTo(bytes.AsSpan((int)(from - offset)));
            storedAt += hole.Offset - at;
            at = hole.EndOffset;
        }

        return bytes;
    }
}
