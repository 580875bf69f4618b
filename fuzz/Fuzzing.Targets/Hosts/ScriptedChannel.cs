using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Hosting;

namespace Fuzzing.Targets.Hosts;

/// <summary>A connection whose bytes come when the script of an input says so: a reader waits for them.</summary>
internal sealed class ScriptedChannel(string name) : MigrationChannel
{
    private readonly List<byte> _received = [];
    private readonly PacketCursor _cursor = new();
    private int _at;
    private bool _isClosed;
    private Memory<byte> _waitingFor;
    private TaskCompletionSource<int>? _waiting;

    public override string Name => name;

    public override bool FromListener => true;

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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (_at < _received.Count || _isClosed)
            return ValueTask.FromResult(Take(buffer.Span));
        _waitingFor = buffer;
        _waiting = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask<int>(_waiting.Task);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Answers?.Add(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public override void ShutdownRead() => Shutdown();

    public override void Shutdown()
    {
        _at = _received.Count;
        Close();
    }

    private int Take(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _received.Count - _at);
        CollectionsMarshal.AsSpan(_received).Slice(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    private void Wake()
    {
        if (_waiting is not { } waiting || (_at == _received.Count && !_isClosed))
            return;
        _waiting = null;
        waiting.SetResult(Take(_waitingFor.Span));
    }
}
