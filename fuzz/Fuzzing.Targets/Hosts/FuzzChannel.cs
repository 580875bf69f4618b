using Qemu.Migration.Destination.Hosting;

namespace Fuzzing.Targets.Hosts;

/// <summary>How a channel hands its bytes out.</summary>
internal enum Delivery
{
    /// <summary>Lent, without a copy.</summary>
    Lent,

    /// <summary>In reads of odd lengths.</summary>
    Portions,

    /// <summary>By reads at any offset, as from a file.</summary>
    Seekable,
}

/// <summary>A channel that ends in EOF after the bytes of an array, used again from run to run.</summary>
internal sealed class FuzzChannel(Delivery delivery) : MigrationChannel
{
    private static ReadOnlySpan<int> PortionBytes => [1, 3, 1000, 7, 64, 4096, 13, 20000];

    private ReadOnlyMemory<byte> _bytes;
    private int _at;
    private int _reads;
    private bool _isShut;

    public override string Name => "fuzz";

    /// <summary>What was sent back.</summary>
    public AnswerLog Answers { get; } = new();

    public override bool CanSeek => delivery == Delivery.Seekable;

    public void Reset(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        _at = 0;
        _reads = 0;
        _isShut = false;
        Answers.Reset();
    }

    public override bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        window = delivery == Delivery.Lent && offset < _bytes.Length ? _bytes[(int)offset..] : default;
        return delivery == Delivery.Lent;
    }

    public override ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer)
    {
        if (!CanSeek)
            return base.ReadAtAsync(offset, buffer);
        int count = offset >= _bytes.Length ? 0 : (int)Math.Min(buffer.Length, _bytes.Length - offset);
        if (count > 0)
            _bytes.Slice((int)offset, count).CopyTo(buffer);
        return ValueTask.FromResult(count);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        int count = Math.Min(Math.Min(buffer.Length, PortionBytes[_reads++ % PortionBytes.Length]), _bytes.Length - _at);
        _bytes.Slice(_at, count).CopyTo(buffer);
        _at += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_isShut)
            throw new IOException("the channel was shut down");
        Answers.Add(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public override void ShutdownRead() => _at = _bytes.Length;

    public override void Shutdown()
    {
        ShutdownRead();
        _isShut = true;
    }
}
