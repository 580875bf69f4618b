using System.Buffers.Binary;
using System.Text;

namespace Simulation.Oracle;

/// <summary>Reads one connection from front to back; names what it met at the end.</summary>
/// <remarks>All integers are big-endian (stream reference, section 0).</remarks>
/// <param name="connection">Number of the connection, for faults.</param>
/// <param name="source">Its bytes.</param>
/// <param name="start">Offset of the first byte to read.</param>
internal sealed class ByteCursor(int connection, OracleConnection source, int start = 0)
{
    private readonly ReadOnlyMemory<byte> _bytes = source.Bytes;

    // Where the reader finds the end of file: behind the last byte, or at the place beyond it to which the stream has sent it.
    private long _end = source.Bytes.Length;

    /// <summary>Offset of the next byte.</summary>
    public int Position { get; set; } = start;

    /// <summary>Offset of the record being read, which faults report.</summary>
    public int RecordStart { get; private set; } = start;

    public int Length => _bytes.Length;

    public void BeginRecord() => RecordStart = Position;

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>
    /// One length byte and that many bytes, up to the first NUL: names are C strings to the destination.
    /// </summary>
    public ReadOnlySpan<byte> Str8() => UpToNul(Take(U8()));

    /// <summary>The next bytes, all of them or none.</summary>
    /// <exception cref="OracleFaultException">End of file comes first.</exception>
    /// <exception cref="OraclePendingException">The connection is open and silent.</exception>
    public ReadOnlySpan<byte> Take(long count)
    {
        if (count > Length - Position)
            throw OutOfBytes();

        ReadOnlySpan<byte> taken = _bytes.Span.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    /// <summary>As <see cref="Take"/>, to be kept.</summary>
    public ReadOnlyMemory<byte> TakeMemory(uint count)
    {
        Take(count);
        return _bytes.Slice(Position - (int)count, (int)count);
    }

    /// <summary>Passes over bytes of no interest, fewer where end of file comes first.</summary>
    public void Skip(long count)
    {
        if (count > Length - Position && !source.Ended)
            throw OutOfBytes();

        Position += (int)Math.Min(count, Length - Position);
    }

    /// <summary>Goes on further ahead in a file, which may be beyond its end.</summary>
    public void SeekAhead(long offset)
    {
        _end = Math.Max(Length, offset);
        Position = (int)Math.Min(offset, Length);
    }

    /// <summary>Whether so many bytes have come.</summary>
    public bool Has(int count) => count <= Length - Position;

    /// <summary>Whether the connection ends, unbroken, before so many bytes.</summary>
    public bool EndsWithin(int count) => !Has(count) && source is { Ended: true, Broken: false };

    /// <summary>The bytes that are left.</summary>
    public ReadOnlySpan<byte> Rest => _bytes.Span[Position..];

    /// <summary>Whether end of file is next; waits where the connection is open.</summary>
    public bool AtEnd() => Position >= Length && (source.Ended ? true : throw OutOfBytes());

    /// <summary>Whether end of file is next, where a connection may end; a broken one may not.</summary>
    public bool AtCleanEnd() => AtEnd() && (source.Broken ? throw OutOfBytes() : true);

    /// <summary>Looks ahead without advancing.</summary>
    /// <exception cref="OracleFaultException">End of file comes first; QEMU remembers that, too.</exception>
    public ReadOnlySpan<byte> Peek(int skip, int count) =>
        skip + count <= Length - Position ? _bytes.Span.Slice(Position + skip, count) : throw OutOfBytes();

    /// <summary>Bytes anywhere in the connection, or empty when they do not all lie in it.</summary>
    public ReadOnlySpan<byte> At(ulong offset, long count) => MemoryAt(offset, count).Span;

    /// <summary>As <see cref="At"/>, to be kept.</summary>
    public ReadOnlyMemory<byte> MemoryAt(ulong offset, long count) =>
        offset <= (ulong)Length && count <= Length - (long)offset ? _bytes.Slice((int)offset, (int)count) : default;

    /// <summary>A fault in the record being read.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="fieldOffset">Offset of the field at fault.</param>
    /// <param name="detail">What was read.</param>
    public OracleFaultException Fault(OracleFaultKind kind, long fieldOffset, string detail) =>
        new(new OracleFault(kind, connection, RecordStart, fieldOffset, detail));

    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    public static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    private Exception OutOfBytes() => source.Ended
        ? Fault(OracleFaultKind.Truncated, _end, $"{Length - Position} bytes left")
        : new OraclePendingException(connection);
}

/// <summary>Ends the reading of a connection: the peer's bytes are wrong.</summary>
/// <param name="fault">Why and where.</param>
internal sealed class OracleFaultException(OracleFault fault) : Exception(fault.Kind.ToString())
{
    public OracleFault Fault { get; } = fault;
}

/// <summary>Ends the reading of a connection: the next byte has not come.</summary>
/// <param name="connection">Number of the connection.</param>
internal sealed class OraclePendingException(int connection) : Exception
{
    public int Connection { get; } = connection;
}
