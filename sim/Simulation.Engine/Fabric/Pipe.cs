using System.Threading.Tasks.Sources;
using Simulation.Engine.Choices;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;
using Simulation.Engine.Time;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Fabric;

/// <summary>
/// One byte stream of a connection: what was sent lies in a ring, cut into chunks that arrive one after another.
/// <code>
///            read          delivered          sent
///   ...gone   |   readable     |   in flight    |   room in the window...
/// </code>
/// </summary>
/// <remarks>The pipe is itself the one pending event: the arrival of its first chunk.</remarks>
internal sealed partial class Pipe : TimedEvent, IValueTaskSource<int>, IValueTaskSource
{
    private readonly FabricConnection _connection;
    private readonly SimulationLoop _loop;
    private readonly FaultRules _faults;
    private readonly ByteLog _log = new();
    private readonly Queue<Chunk> _inFlight = new();
    private readonly Prng _prng = new(0);
    private LinkOptions _link = LinkOptions.Perfect;
    private WaitCore _reader;
    private WaitCore _writer;
    private Memory<byte> _readBuffer;
    private ReadOnlyMemory<byte> _unwritten;
    private long _busySince;
    private long _busyBytes;
    private long _departure;
    private bool _isWriteEnded;
    private bool _isReadShut;
    private bool _refusesBytes;
    private bool _isEndDelivered;
    private bool _isCut;
    private bool _isPutOff;

    public Pipe(NetworkFabric fabric, FabricConnection connection, Direction direction)
    {
        _connection = connection;
        _loop = fabric.Loop;
        _faults = fabric.Faults;
        Direction = direction;
    }

    public Direction Direction { get; }

    public long SentBytes { get; private set; }

    public long DeliveredBytes { get; private set; }

    public long ReadBytes { get; private set; }

    /// <summary>Where all bytes of the stream are kept.</summary>
    public ByteLog Log => _log;

    /// <summary>All bytes that were read, as they were read; valid until the connection is renewed.</summary>
    public ReadOnlyMemory<byte> BytesRead => _log.First(ReadBytes);

    /// <summary>Whether nothing is left to read, and nothing will come.</summary>
    public bool HasEnded => DeliveredBytes == ReadBytes && (_isEndDelivered || _connection.IsReset);

    private int TraceId => (_connection.Id * 2) + (int)Direction;

    public void Renew(LinkOptions link, ulong seed)
    {
        _link = link;
        _prng.Reseed(seed);
        _inFlight.Clear();
        _readBuffer = default;
        _unwritten = default;
        SentBytes = DeliveredBytes = ReadBytes = 0;
        _busySince = _busyBytes = _departure = 0;
        _isWriteEnded = _isReadShut = _refusesBytes = _isEndDelivered = _isCut = _isPutOff = false;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_writer.IsWaiting(_loop))
            throw new InvalidOperationException($"{_connection.Name}: one task writes at a time");
        ThrowIfUnwritable();
        int accepted = Accept(bytes.Span);
        if (accepted == bytes.Length)
            return default;

        // Fail at once: a side that is shut down never makes room.
        if (_refusesBytes)
        {
            _connection.ResetBoth();
            ThrowIfUnwritable();
        }

        short token = _writer.Begin(_loop, "fabric write");
        _unwritten = bytes[accepted..];
        return new ValueTask(this, token);
    }

    public void EndWrite()
    {
        if (_isWriteEnded)
            return;
        _isWriteEnded = true;
        _writer.Complete(_loop);
        if (!_isCut && !_connection.IsReset)
            Send(new Chunk(SentBytes, ArrivalOf(0), IsEnd: true));
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (buffer.IsEmpty)
            throw new ArgumentException("a read needs room for a byte: 0 means the end", nameof(buffer));
        if (_reader.IsWaiting(_loop))
            throw new InvalidOperationException($"{_connection.Name}: one task reads at a time");
        if (TryRead(buffer.Span, out int count))
            return new ValueTask<int>(count);
        short token = _reader.Begin(_loop, "fabric read");
        _readBuffer = buffer;
        return new ValueTask<int>(this, token);
    }

    /// <summary>The reader reads no more than is there.</summary>
    /// <param name="refusesBytes">Whether bytes that still come reset the connection.</param>
    public void ShutRead(bool refusesBytes)
    {
        _isReadShut = true;
        _refusesBytes |= refusesBytes;
        _reader.Complete(_loop);

        // Reset the connection when a writer waits for room: this side accepts no more bytes.
        if (refusesBytes && _writer.IsWaiting(_loop))
            _connection.ResetBoth();
    }

    /// <summary>Ends the stream where it has been delivered to; what is behind goes nowhere, now and later.</summary>
    public void Cut()
    {
        if (_isEndDelivered || _connection.IsReset)
            return;
        _connection.AddDamage(DamageKind.Truncated, Direction, DeliveredBytes);
        _isCut = true;
        DeliverEnd();
        Empty();
        GoOnWriting();
    }

    /// <summary>The connection was reset: nothing more arrives, and whoever waits is told.</summary>
    public void Break()
    {
        Empty();
        _writer.Complete(_loop);
        _reader.Complete(_loop);
    }

    /// <summary>The rules have changed: what was put off is judged at once.</summary>
    public void JudgeAgain()
    {
        if (_isPutOff)
            _loop.Schedule(this, _loop.NowNanoseconds);
    }

    protected internal override void Fire()
    {
        while (_inFlight.TryPeek(out Chunk chunk))
        {
            if (chunk.ArrivalNanoseconds > _loop.NowNanoseconds)
            {
                _loop.Schedule(this, chunk.ArrivalNanoseconds);
                return;
            }

            if (!TryDeliver(chunk))
                return;
            _inFlight.Dequeue();
        }
    }

    private void Empty()
    {
        _inFlight.Clear();
        _isPutOff = false;
        _loop.Cancel(this);
    }

    private void ThrowIfUnwritable()
    {
        if (_connection.IsReset)
            throw new ConnectionResetException($"connection '{_connection.Name}' was reset");
        if (_isWriteEnded)
            throw new BrokenPipeException($"connection '{_connection.Name}' is written behind its end");
    }

    /// <summary>There is room: takes more from the writer that waits, and wakes it when all is taken.</summary>
    private void GoOnWriting()
    {
        if (!_writer.IsWaiting(_loop))
            return;
        _unwritten = _unwritten[Accept(_unwritten.Span)..];
        if (_unwritten.IsEmpty)
            _writer.Complete(_loop);
    }

    private int Accept(ReadOnlySpan<byte> bytes)
    {
        if (_isCut)
        {
            SentBytes += bytes.Length;
            return bytes.Length;
        }

        int accepted = 0;
        while (accepted < bytes.Length)
        {
            // As in TCP no chunk is cut small for want of room (RFC 1122, 4.2.3.4): it waits. Each short read would leave a smaller one
            // otherwise, and they would never grow again.
            int room = _link.WindowBytes - (int)(SentBytes - ReadBytes);
            int length = Math.Min(_link.MaximumChunkBytes, bytes.Length - accepted);
            if (room < Math.Min(length, (_link.WindowBytes + 1) / 2))
                break;
            length = Math.Min(room, length);
            _log.Write(SentBytes, bytes.Slice(accepted, length));
            SentBytes += length;
            accepted += length;
            Send(new Chunk(SentBytes, ArrivalOf(length), IsEnd: false));
        }

        return accepted;
    }

    private long ArrivalOf(int length)
    {
        long now = _loop.NowNanoseconds;
        if (_link.BytesPerSecond == 0)
        {
            _departure = now;
        }
        else
        {
            // Counted from the start of the busy period, so that rounding never adds up.
            if (now >= _departure)
                (_busySince, _busyBytes) = (now, 0);
            _busyBytes += length;
            _departure = _busySince + VirtualDuration.OfTransfer(_busyBytes, _link.BytesPerSecond);
        }

        // A jitter that would let this chunk overtake has no effect: chunks leave the queue in their order.
        long jitter = _link.JitterNanoseconds == 0 ? 0 : _prng.NextLong(_link.JitterNanoseconds + 1);
        return _departure + _link.LatencyNanoseconds + jitter;
    }

    private void Send(Chunk chunk)
    {
        _inFlight.Enqueue(chunk);
        if (_inFlight.Count == 1)
            _loop.Schedule(this, chunk.ArrivalNanoseconds);
    }

    private bool TryDeliver(Chunk chunk)
    {
        if (_faults.Count > 0)
            return TryDeliverUnderFaults(chunk);
        return DeliverTo(chunk.EndBytes, chunk.IsEnd);
    }

    private bool DeliverTo(long endBytes, bool isEnd)
    {
        int length = (int)(endBytes - DeliveredBytes);
        _isPutOff = false;
        if (length > 0)
        {
            if (_refusesBytes)
            {
                _connection.ResetBoth();
                return false;
            }

            _loop.Record(TraceKind.Delivered, TraceId, DeliveredBytes, length);
            DeliveredBytes = endBytes;
            _reader.Complete(_loop);
        }

        if (isEnd)
            DeliverEnd();
        return true;
    }

    private void DeliverEnd()
    {
        _isEndDelivered = true;
        _loop.Record(TraceKind.EndDelivered, TraceId, DeliveredBytes);
        _reader.Complete(_loop);
    }

    private bool TryRead(Span<byte> buffer, out int count)
    {
        count = (int)Math.Min(buffer.Length, DeliveredBytes - ReadBytes);
        if (count == 0)
        {
            if (_isReadShut || _isEndDelivered)
                return true;
            return _connection.IsReset
                ? throw new ConnectionResetException($"connection '{_connection.Name}' was reset")
                : false;
        }

        if (_link.ShortReads.Numerator > 0 && _prng.Chance(_link.ShortReads))
            count = 1 + _prng.NextInt(Math.Min(count, _link.MaximumShortReadBytes));
        _log.Read(ReadBytes, buffer[..count]);
        _loop.Record(TraceKind.Read, TraceId, ReadBytes, count);
        ReadBytes += count;
        GoOnWriting();
        return true;
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _reader.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _reader.OnCompleted(_loop, continuation, state, token, flags);

    int IValueTaskSource<int>.GetResult(short token)
    {
        _reader.End(token);
        Memory<byte> buffer = _readBuffer;
        _readBuffer = default;
        return TryRead(buffer.Span, out int count)
            ? count
            : throw new HarnessException($"connection '{_connection.Name}': a reader was woken for nothing");
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _writer.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _writer.OnCompleted(_loop, continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        _writer.End(token);
        bool isWhole = _unwritten.IsEmpty;
        _unwritten = default;
        if (!isWhole)
            ThrowIfUnwritable();
    }

    private readonly record struct Chunk(long EndBytes, long ArrivalNanoseconds, bool IsEnd);
}
