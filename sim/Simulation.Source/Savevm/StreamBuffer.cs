using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Simulation.Engine.Fabric;

namespace Simulation.Source.Savevm;

/// <summary>Changes a structure just written; see <see cref="StreamBuffer.Edit"/>.</summary>
/// <param name="buffer">Where it was written.</param>
/// <param name="kind">What it is.</param>
/// <param name="start">Where it starts in <see cref="StreamBuffer.Pending"/>; it ends where that ends.</param>
public delegate void StructureEdit(StreamBuffer buffer, StructureKind kind, int start);

/// <summary>
/// Bytes on their way to a channel. Beside the bytes it keeps QEMU's account of them: a QEMUFile gathers small writes in a buffer
/// of 32 KiB, refers to pages where they lie, and flushes when that buffer or its vector of 64 pieces is full. A source notices
/// its bandwidth limit only then (stream reference, section 1.5), so this account decides where a PART is cut.
/// </summary>
public sealed class StreamBuffer : IDisposable
{
    /// <summary>IO_BUF_SIZE: bytes of small writes that are gathered before a flush.</summary>
    public const int GatherBytes = 32768;

    /// <summary>MAX_IOV_SIZE: pieces of a vector before a flush.</summary>
    public const int VectorPieces = 64;

    // What a vector full of pages takes, so that most buffers never grow.
    private const int VectorBytes = VectorPieces / 2 * 4096 + GatherBytes;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(VectorBytes);
    private ByteLog? _log;

    // What is pending starts here: at 0, or in a log behind all that was drained.
    private int _start;
    private int _count;
    private long _drained;
    private int _gathered;
    private int _pieces;
    private bool _lastPieceIsGathered;

    /// <summary>Called with each structure when it is complete and still pending; null in a source that keeps to the format.</summary>
    public StructureEdit? Edit { get; set; }

    /// <summary>Absolute position where the channel ends; what is written behind it never leaves. Null for a whole stream.</summary>
    public long? CutPosition { get; set; }

    /// <summary>Whether the channel's end has been reached.</summary>
    public bool IsCut => Position >= CutPosition;

    /// <summary>Bytes to send: written, not yet drained, before <see cref="CutPosition"/>.</summary>
    public ReadOnlyMemory<byte> Pending
    {
        get
        {
            long allowed = CutPosition is { } cut ? Math.Clamp(cut - _drained, 0, _count) : _count;
            return _bytes.AsMemory(_start, (int)allowed);
        }
    }

    /// <summary>Bytes written and not yet drained.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(_start, _count);

    /// <summary>How many bytes are written and not yet drained.</summary>
    public int PendingCount => _count;

    /// <summary>Absolute position on the channel of the next byte.</summary>
    public long Position => _drained + _count;

    /// <summary>Absolute position up to which a QEMUFile would have flushed.</summary>
    public long FlushedPosition { get; private set; }

    /// <summary>Makes the bytes where the channel keeps them, from now on; nothing has been drained yet.</summary>
    /// <param name="log">The channel's log, which nobody else writes to; null where it has none.</param>
    public void KeepIn(ByteLog? log)
    {
        if (log is null)
            return;
        byte[] kept = log.Reserve(0, _bytes.Length);
        Written.CopyTo(kept);
        ArrayPool<byte>.Shared.Return(_bytes);
        (_log, _bytes) = (log, kept);
    }

    /// <summary>Forgets the pending bytes: the channel has them.</summary>
    public void Drain()
    {
        _drained += _count;
        if (_log is not null)
            _start += _count;
        _count = 0;
    }

    /// <summary>Goes on with a new connection: what was pending on the old one is lost, and positions go on from what that one took.</summary>
    /// <param name="log">The log of the new channel, empty; null where it has none.</param>
    public void Restart(ByteLog? log)
    {
        if (_log is null)
            ArrayPool<byte>.Shared.Return(_bytes);
        _log = log;
        _bytes = log is null ? ArrayPool<byte>.Shared.Rent(VectorBytes) : log.Reserve(0, VectorBytes);
        CutPosition = null;
        (_start, _count) = (0, 0);
        Flush();
    }

    /// <summary>Forgets what is pending: its connection was lost.</summary>
    public void Abandon()
    {
        _count = 0;
        Flush();
    }

    /// <summary>Goes on at another position of a seekable output. Nothing may be pending.</summary>
    /// <param name="position">Absolute, in bytes.</param>
    public void Seek(long position)
    {
        if (_count != 0)
            throw new InvalidOperationException("Pending bytes belong to the old position.");
        _drained = position;
        Flush();
    }

    /// <summary>Notes a flush that the writer asks for (qemu_fflush).</summary>
    public void Flush()
    {
        FlushedPosition = Position;
        StartVector();
    }

    /// <summary>Announces that a structure is complete.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="start">Where it starts in <see cref="Written"/>.</param>
    public void Complete(StructureKind kind, int start) => Edit?.Invoke(this, kind, start);

    /// <summary>Appends a byte.</summary>
    /// <param name="value">The byte.</param>
    public void WriteByte(byte value)
    {
        Take(1)[0] = value;
        Gather(1);
    }

    /// <summary>Appends a u16, big-endian.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);
        Gather(2);
    }

    /// <summary>Appends a u32, big-endian.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);
        Gather(4);
    }

    /// <summary>Appends a u64, big-endian.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);
        Gather(8);
    }

    /// <summary>Appends a str8: one byte length and the text.</summary>
    /// <param name="text">At most 255 bytes of ASCII.</param>
    public void WriteString(string text)
    {
        int count = Encoding.ASCII.GetByteCount(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 255, nameof(text));
        Span<byte> span = Take(1 + count);
        span[0] = (byte)count;
        Encoding.ASCII.GetBytes(text, span[1..]);
        Gather(1 + count);
    }

    /// <summary>Appends bytes that are copied at once (qemu_put_buffer).</summary>
    /// <param name="content">The bytes.</param>
    public void Write(ReadOnlySpan<byte> content)
    {
        content.CopyTo(Take(content.Length));
        Gather(content.Length);
    }

    /// <summary>Appends bytes that a QEMUFile only refers to until the flush (qemu_put_buffer_async).</summary>
    /// <param name="content">The bytes; copied here nevertheless, because the guest goes on.</param>
    public void WriteReferenced(ReadOnlySpan<byte> content)
    {
        content.CopyTo(Take(content.Length));
        _lastPieceIsGathered = false;
        if (++_pieces == VectorPieces)
            Flush();
    }

    /// <summary>Replaces pending bytes; the account of flushes stays as it was.</summary>
    /// <param name="start">Where in <see cref="Written"/>.</param>
    /// <param name="length">How many bytes go.</param>
    /// <param name="content">What comes in their place, of any length.</param>
    public void Replace(int start, int length, ReadOnlySpan<byte> content)
    {
        byte[] tail = Written[(start + length)..].ToArray();
        _count = start;
        content.CopyTo(Take(content.Length));
        tail.CopyTo(Take(tail.Length));
    }

    /// <summary>Gives the memory back to the pool; nothing may be written afterwards.</summary>
    public void Dispose()
    {
        if (_log is null)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _count = 0;
    }

    private void Grow(int least)
    {
        if (_log is not null)
        {
            _bytes = _log.Reserve(_start + _count, _start + least);
            return;
        }
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _bytes.Length, least));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _start - _count < count)
            Grow(_count + count);
        Span<byte> span = _bytes.AsSpan(_start + _count, count);
        _count += count;
        return span;
    }

    private void Gather(int count)
    {
        if (!_lastPieceIsGathered)
        {
            _lastPieceIsGathered = true;
            _pieces++;
        }
        _gathered += count;
        if (_gathered < GatherBytes && _pieces < VectorPieces)
            return;
        int excess = Math.Max(0, _gathered - GatherBytes) % GatherBytes;
        StartVector();
        FlushedPosition = Position - excess;
        if (excess == 0)
            return;
        _gathered = excess;
        _lastPieceIsGathered = true;
        _pieces = 1;
    }

    private void StartVector()
    {
        _gathered = 0;
        _pieces = 0;
        _lastPieceIsGathered = false;
    }
}
