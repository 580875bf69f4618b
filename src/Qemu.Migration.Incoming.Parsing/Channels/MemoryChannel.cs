namespace Qemu.Migration.Incoming.Channels;

/// <summary>A recorded connection in memory. What the destination answers is kept, if the recorded source took answers.</summary>
internal sealed class MemoryChannel(string name, ReadOnlyMemory<byte> bytes, bool canWrite, bool fromListener = false) : StoredChannel
{
    private readonly MemoryStream _answers = new();
    private volatile bool _isShut;

    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>Where there were several connections, each says by its first bytes what it is, as on a socket.</summary>
    public override bool FromListener => fromListener;

    /// <inheritdoc/>
    public override long LengthBytes => bytes.Length;

    /// <summary>What the destination sent on the return path.</summary>
    public ReadOnlyMemory<byte> Answers => _answers.ToArray();

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> View(long offset, int count)
    {
        int first = (int)Math.Min(offset, bytes.Length);
        return bytes.Slice(first, Math.Min(count, bytes.Length - first));
    }

    /// <inheritdoc/>
    public override bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        window = View(offset, int.MaxValue);
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => throw new NotSupportedException("this channel lends its bytes");

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!canWrite)
            return base.WriteAsync(bytes);
        if (_isShut)
            throw new IOException($"'{name}' is shut down");
        _answers.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing waits for bytes that are there; answers are still taken.</summary>
    public override void ShutdownRead()
    {
    }

    /// <inheritdoc/>
    public override void Shutdown() => _isShut = true;
}
