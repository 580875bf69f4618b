using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Simulation.Engine.Fabric;

/// <summary>All bytes of a stream, by absolute offset. What was read stays to be looked at until the next run, so that nobody who
/// watches a connection need copy it; the storage grows by doubling and is kept. A writer that makes its bytes here, behind what was
/// sent, need not copy them either.</summary>
public sealed class ByteLog
{
    private const int LeastBytes = 256;

    private byte[] _bytes = [];

    /// <summary>Makes storage for a number of bytes.</summary>
    /// <param name="used">How many of the first bytes are kept.</param>
    /// <param name="needed">How many bytes there is storage for afterwards, at least.</param>
    /// <returns>The storage, from offset 0 of the stream on. Another call may move it; what was handed out before then stays as it is.</returns>
    public byte[] Reserve(int used, int needed)
    {
        if (needed > _bytes.Length)
            Grow(used, needed);
        return _bytes;
    }

    /// <summary>Forgets the bytes, and lets go of storage beyond a number of bytes.</summary>
    /// <param name="mostBytes">How many.</param>
    /// <returns>How many bytes there is still storage for.</returns>
    internal int Trim(int mostBytes)
    {
        if (_bytes.Length > mostBytes)
            _bytes = GC.AllocateUninitializedArray<byte>(mostBytes);
        return _bytes.Length;
    }

    /// <summary>Copies bytes in, behind those written before; not those that stand there already.</summary>
    /// <param name="offset">How many those are.</param>
    /// <param name="source">The bytes.</param>
    internal void Write(long offset, ReadOnlySpan<byte> source)
    {
        Span<byte> place = Reserve((int)offset, checked((int)offset + source.Length)).AsSpan((int)offset);
        if (!Unsafe.AreSame(ref MemoryMarshal.GetReference(source), ref MemoryMarshal.GetReference(place)))
            source.CopyTo(place);
    }

    /// <summary>Copies bytes out.</summary>
    internal void Read(long offset, Span<byte> destination) => _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

    /// <summary>One byte, to be read or changed.</summary>
    internal ref byte At(long offset) => ref _bytes[offset];

    /// <summary>The first bytes; they do not change any more when all of them have been read.</summary>
    internal ReadOnlyMemory<byte> First(long count) => _bytes.AsMemory(0, (int)count);

    private void Grow(int used, int needed)
    {
        long doubled = Math.Clamp(2L * _bytes.Length, LeastBytes, Array.MaxLength);
        byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Max(doubled, needed));
        _bytes.AsSpan(0, used).CopyTo(larger);
        _bytes = larger;
    }
}
