using System.Buffers.Binary;
using System.Text;

namespace Simulation.Oracle;

/// <summary>Reads one connection from front to back; names what it met at the end.</summary>
/// <remarks>All integers are big-endian (stream reference, section 0).</remarks>
/// <param name="connection">Number of the connection, for faults.</param>
/// <param name="source">Its bytes.</param>
/// <param name="start">Offset of the first byte to read.</param>
internal sealed class ByteCursor(int connection, OracleConnection source, long start = 0)
{
    private readonly IReadOnlyList<(long Offset, long Length)> _holes = source.Holes ?? [];
    private OracleConnection _source = source;
    private int _leg;

    // Where the reader finds the end of file: behind the last byte, or at the place beyond it to which the stream has sent it.
    private long _end = Math.Max(LengthOf(source), start);

    // Where the package that is being read ends; a connection has no such place.
    private long _limit = long.MaxValue;

    /// <summary>Offset of the next byte.</summary>
    public long Position { get; set; } = start;

    /// <summary>Offset of the record being read, which faults report.</summary>
    public long RecordStart { get; private set; } = start;

    public long Length { get; private set; } = LengthOf(source);

    /// <summary>Bytes left in the package that is being read.</summary>
    public long LeftInPackage => _limit - Position;

    private long Left => Math.Min(Length, _limit) - Position;

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
        if (count > Left)
            throw OutOfBytes();

        ReadOnlySpan<byte> taken = Slice(Position, (int)count).Span;
        Position += count;
        return taken;
    }

    /// <summary>As <see cref="Take"/>, to be kept.</summary>
    public ReadOnlyMemory<byte> TakeMemory(uint count)
    {
        Take(count);
        return Slice(Position - count, (int)count);
    }

    /// <summary>Passes over bytes of no interest, fewer where end of file comes first.</summary>
    public void Skip(long count)
    {
        if (count > Length - Position && !_source.Ended)
            throw OutOfBytes();

        Position += Math.Min(count, Length - Position);
    }

    /// <summary>Goes on with the connection that has taken the place of one that was lost.</summary>
    /// <param name="next">Its bytes.</param>
    public void GoOnWith(OracleConnection next)
    {
        _source = next;
        _leg++;
        _limit = long.MaxValue;
        Position = RecordStart = 0;
        Length = _end = LengthOf(next);
    }

    /// <summary>Reads no further than so many bytes from here on, until told otherwise.</summary>
    /// <param name="count">Number of bytes; null for as many as there are.</param>
    public void Limit(long? count) => _limit = count is { } bytes ? Position + bytes : long.MaxValue;

    /// <summary>Goes on further ahead in a file, which may be beyond its end.</summary>
    public void SeekAhead(long offset)
    {
        _end = Math.Max(Length, offset);
        Position = Math.Min(offset, Length);
    }

    /// <summary>Whether so many bytes have come.</summary>
    public bool Has(int count) => count <= Length - Position;

    /// <summary>Whether the connection ends, unbroken, before so many bytes.</summary>
    public bool EndsWithin(int count) => !Has(count) && _source is { Ended: true, Broken: false };

    /// <summary>The bytes that are left.</summary>
    public ReadOnlySpan<byte> Rest => RestMemory.Span;

    /// <summary>As <see cref="Rest"/>, to be kept.</summary>
    public ReadOnlyMemory<byte> RestMemory => Position >= Length ? default : Slice(Position, (int)(Length - Position));

    /// <summary>Whether end of file is next; waits where the connection is open.</summary>
    public bool AtEnd() => Position >= Length && (_source.Ended ? true : throw OutOfBytes());

    /// <summary>Whether end of file is next, where a connection may end; a broken one may not.</summary>
    public bool AtCleanEnd() => AtEnd() && (_source.Broken ? throw OutOfBytes() : true);

    /// <summary>Looks ahead without advancing.</summary>
    /// <exception cref="OracleFaultException">End of file comes first; QEMU remembers that, too.</exception>
    public ReadOnlySpan<byte> Peek(int skip, int count) =>
        skip + count <= Left ? Slice(Position + skip, count).Span : throw OutOfBytes();

    /// <summary>Bytes anywhere in the connection, or empty when they do not all lie in it.</summary>
    public ReadOnlySpan<byte> At(ulong offset, long count) => MemoryAt(offset, count).Span;

    /// <summary>As <see cref="At"/>, to be kept.</summary>
    public ReadOnlyMemory<byte> MemoryAt(ulong offset, long count) =>
        offset <= (ulong)Length && count <= Length - (long)offset ? Slice((long)offset, (int)count) : default;

    /// <summary>The bytes from a place anywhere in the connection on, as many as there are, to be kept.</summary>
    public ReadOnlyMemory<byte> BehindMemory(ulong offset, int most) =>
        offset < (ulong)Length ? Slice((long)offset, (int)Math.Min(most, Length - (long)offset)) : default;

    /// <summary>A fault in the record being read.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="fieldOffset">Offset of the field at fault.</param>
    /// <param name="detail">What was read.</param>
    public OracleFaultException Fault(OracleFaultKind kind, long fieldOffset, string detail) =>
        new(new OracleFault(kind, connection, RecordStart, fieldOffset, detail) { Leg = _leg });

    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    public static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    private static long LengthOf(OracleConnection connection)
    {
        long length = connection.Bytes.Length;
        foreach ((long offset, long hole) in connection.Holes ?? [])
            length += offset < length ? hole : 0;
        return length;
    }

    // Bytes between two holes are used in place. A range that crosses a hole is copied.
    private ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        if (count == 0)
            return default;

        long stored = offset;
        foreach ((long hole, long length) in _holes)
        {
            if (offset + count <= hole)
                break;
            if (offset < hole + length)
                return Copy(offset, count);
            stored -= length;
        }

        return _source.Bytes.Slice((int)stored, count);
    }

    private byte[] Copy(long offset, int count)
    {
        byte[] copy = new byte[count];
        for (int i = 0; i < count; i++)
        {
            long stored = offset + i;
            bool isZero = false;
            foreach ((long hole, long length) in _holes)
            {
                isZero |= offset + i >= hole && offset + i < hole + length;
                stored -= offset + i >= hole + length ? length : 0;
            }

            copy[i] = isZero ? (byte)0 : _source.Bytes.Span[(int)stored];
        }

        return copy;
    }

    /// <summary>The end of a connection that the destination itself has ended by an order.</summary>
    public OracleFault Abandonment() =>
        Fault(OracleFaultKind.Truncated, _end, $"{Length - Position} bytes left where it was ended by an order").Fault;

    private Exception OutOfBytes() => Length >= _limit
        ? Fault(OracleFaultKind.PackageTooShort, _limit, $"{Left} bytes left in the package")
        : _source.Ended ? Fault(OracleFaultKind.Truncated, _end, $"{Length - Position} bytes left")
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
