using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Hosting;
using Simulation.Scenarios.Hosts;

namespace Fuzzing.Targets.Hosts;

/// <summary>How the connections of a session hand their bytes out.</summary>
internal enum SessionDelivery
{
    /// <summary>Copied, as much as is there.</summary>
    Copied,

    /// <summary>Also straight into guest memory, as much as is there.</summary>
    InPlace,

    /// <summary>Copied, at most to the end of a record.</summary>
    Records,

    /// <summary>Also straight into guest memory, in reads of odd lengths.</summary>
    InPlaceInPortions,
}

/// <summary>A connection whose bytes come when the script of an input says so: a reader waits for them.</summary>
/// <param name="name">Its name.</param>
/// <param name="delivery">How it hands them out.</param>
internal sealed class ScriptedChannel(string name, SessionDelivery delivery) : MigrationChannel
{
    // An input is shorter than two of TLS: these are as odd, and end inside pages and headers.
    private const int RecordBytes = 4099;

    private static ReadOnlySpan<int> PortionBytes => [5000, 1, 4095, 8192, 4097, 700];

    private readonly List<byte> _received = [];
    private readonly PacketCursor _cursor = new();
    private int _at;
    private int _reads;
    private bool _isClosed;
    private bool _isShut;
    private Memory<byte> _buffer;
    private ReadOnlyMemory<MemoryPiece> _pieces;
    private TaskCompletionSource<int>? _waiting;

    public override string Name => name;

    public override bool FromListener => true;

    public override bool HasEnded => _isClosed && _at == _received.Count;

    /// <summary>What was sent back.</summary>
    public AnswerLog? Answers { get; init; }

    /// <summary>Everything that was delivered.</summary>
    public IReadOnlyList<byte> Delivered => _received;

    /// <summary>Where in a packet they end.</summary>
    public PacketPlace Place => _cursor.After(CollectionsMarshal.AsSpan(_received));

    /// <summary>More bytes have come.</summary>
    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (_isClosed)
            return;
        _received.AddRange(bytes);
        Wake();
    }

    /// <summary>No more bytes will come.</summary>
    public void Close()
    {
        _isClosed = true;
        Wake();
    }

    public override bool ReadsInPlace => delivery is SessionDelivery.InPlace or SessionDelivery.InPlaceInPortions;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        _buffer = buffer;
        _pieces = default;
        return ReadAsync();
    }

    public override ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        if (!ReadsInPlace)
            return base.ReadInPlaceAsync(pieces);
        _pieces = pieces;
        return ReadAsync();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_isShut)
            throw new IOException("the channel was shut down");
        Answers?.Add(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public override void ShutdownRead()
    {
        _at = _received.Count;
        Close();
    }

    public override void Shutdown()
    {
        _isShut = true;
        ShutdownRead();
    }

    private ValueTask<int> ReadAsync()
    {
        if (_at < _received.Count || _isClosed)
            return ValueTask.FromResult(Take());
        _waiting = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask<int>(_waiting.Task);
    }

    private int Take()
    {
        bool isInPlace = !_pieces.IsEmpty;
        long room = isInPlace ? Pieces.Room(_pieces.Span) : _buffer.Length;
        int count = (int)Math.Min(room, Math.Min(_received.Count - _at, MostAtOnce(isInPlace)));
        ReadOnlySpan<byte> bytes = CollectionsMarshal.AsSpan(_received).Slice(_at, count);
        if (isInPlace)
            Pieces.Fill(_pieces.Span, bytes);
        else
            bytes.CopyTo(_buffer.Span);
        _at += count;
        return count;
    }

    private int MostAtOnce(bool isInPlace) => delivery switch
    {
        SessionDelivery.Records => RecordBytes - (_at % RecordBytes),
        SessionDelivery.InPlaceInPortions when isInPlace => PortionBytes[_reads++ % PortionBytes.Length],
        _ => int.MaxValue,
    };

    private void Wake()
    {
        if (_waiting is not { } waiting || (_at == _received.Count && !_isClosed))
            return;
        _waiting = null;
        waiting.SetResult(Take());
    }
}
