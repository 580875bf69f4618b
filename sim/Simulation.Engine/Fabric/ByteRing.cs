using System.Numerics;

namespace Simulation.Engine.Fabric;

/// <summary>
/// The bytes of a stream between two absolute offsets, in a ring that grows by doubling to what is used and is kept for the next run.
/// </summary>
internal sealed class ByteRing
{
    private byte[] _bytes = new byte[256];

    /// <summary>Copies bytes in.</summary>
    /// <param name="readOffset">The oldest byte still needed.</param>
    /// <param name="offset">Where the bytes belong.</param>
    /// <param name="source">The bytes.</param>
    public void Write(long readOffset, long offset, ReadOnlySpan<byte> source)
    {
        int used = (int)(offset - readOffset);
        if (used + source.Length > _bytes.Length)
            Grow(readOffset, used, used + source.Length);
        int start = IndexOf(offset);
        int first = Math.Min(source.Length, _bytes.Length - start);
        source[..first].CopyTo(_bytes.AsSpan(start));
        source[first..].CopyTo(_bytes);
    }

    /// <summary>Copies bytes out.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        int start = IndexOf(offset);
        int first = Math.Min(destination.Length, _bytes.Length - start);
        _bytes.AsSpan(start, first).CopyTo(destination);
        _bytes.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    /// <summary>One byte, to be read or changed.</summary>
    public ref byte At(long offset) => ref _bytes[IndexOf(offset)];

    private int IndexOf(long offset) => (int)(offset & (_bytes.Length - 1));

    private void Grow(long readOffset, int used, int needed)
    {
        var kept = new byte[used];
        Read(readOffset, kept);
        _bytes = new byte[BitOperations.RoundUpToPowerOf2((uint)needed)];
        Write(readOffset, readOffset, kept);
    }
}
