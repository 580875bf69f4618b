namespace Simulation.Engine.Fabric;

/// <summary>All bytes of a stream, by absolute offset. What was read stays to be looked at until the next run, so that nobody who
/// watches a connection need copy it; the storage grows by doubling and is kept.</summary>
internal sealed class ByteLog
{
    private const int LeastBytes = 256;

    private byte[] _bytes = [];

    /// <summary>How many bytes there is storage for.</summary>
    public int CapacityBytes => _bytes.Length;

    /// <summary>Lets go of the storage.</summary>
    public void Release() => _bytes = [];

    /// <summary>Copies bytes in, behind those written before.</summary>
    /// <param name="offset">How many those are.</param>
    /// <param name="source">The bytes.</param>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        int end = checked((int)offset + source.Length);
        if (end > _bytes.Length)
            Grow((int)offset, end);
        source.CopyTo(_bytes.AsSpan((int)offset));
    }

    /// <summary>Copies bytes out.</summary>
    public void Read(long offset, Span<byte> destination) => _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

    /// <summary>One byte, to be read or changed.</summary>
    public ref byte At(long offset) => ref _bytes[offset];

    /// <summary>The first bytes; they do not change any more when all of them have been read.</summary>
    public ReadOnlyMemory<byte> First(long count) => _bytes.AsMemory(0, (int)count);

    private void Grow(int used, int needed)
    {
        long doubled = Math.Clamp(2L * _bytes.Length, LeastBytes, Array.MaxLength);
        byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Max(doubled, needed));
        _bytes.AsSpan(0, used).CopyTo(larger);
        _bytes = larger;
    }
}
