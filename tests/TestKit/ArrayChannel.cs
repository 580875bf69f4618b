using Qemu.Migration.Destination.Hosting;

namespace TestKit;

/// <summary>How a test hands a payload to the reader.</summary>
public enum Delivery
{
    /// <summary>Lent whole, without a copy.</summary>
    Lent,

    /// <summary>In one read.</summary>
    Whole,

    /// <summary>One byte a read, each read suspending.</summary>
    ByteByByte,

    /// <summary>In two reads.</summary>
    Split,

    /// <summary>By reads at any offset, as from a file.</summary>
    Seekable,
}

/// <summary>A channel that ends in EOF, or in a failure, after the bytes of an array.</summary>
public sealed class ArrayChannel(byte[] bytes, Delivery delivery = Delivery.Whole, int splitAt = 0) : MigrationChannel
{
    private readonly MemoryStream _answers = new();
    private int _at;

    public override string Name => "array";

    public bool Listening { get; init; }

    /// <summary>The message of the failure that comes in place of EOF.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether it reads into memory outside the heap, as a socket does; then at most a page and a half at a time.</summary>
    public bool InPlace { get; init; }

    public bool IsShutDown { get; private set; }

    /// <summary>How often it was read, not in place.</summary>
    public int Reads { get; private set; }

    public override bool FromListener => Listening;

    /// <summary>What the destination sent back.</summary>
    public byte[] Answers => _answers.ToArray();

    public override bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        window = delivery == Delivery.Lent && offset < bytes.Length ? bytes.AsMemory((int)offset) : default;
        return delivery == Delivery.Lent;
    }

    public override bool CanSeek => delivery == Delivery.Seekable;

    public override ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer)
    {
        if (!CanSeek)
            return base.ReadAtAsync(offset, buffer);
        int count = offset >= bytes.Length ? 0 : (int)Math.Min(buffer.Length, bytes.Length - offset);
        bytes.AsMemory((int)Math.Min(offset, bytes.Length), count).CopyTo(buffer);
        return ValueTask.FromResult(count);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        Reads++;
        if (delivery == Delivery.ByteByByte)
            await Task.Yield();
        int end = delivery switch
        {
            Delivery.ByteByByte => Math.Min(_at + 1, bytes.Length),
            Delivery.Split when _at < splitAt => splitAt,
            _ => bytes.Length,
        };
        int count = Math.Min(end - _at, buffer.Length);
        if (count == 0 && Failure is not null)
            throw new IOException(Failure);
        bytes.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override bool ReadsInPlace => InPlace;

    public override unsafe ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        if (!InPlace)
            return base.ReadInPlaceAsync(pieces);
        int left = Math.Min(bytes.Length - _at, 6 * 1024);
        int done = 0;
        foreach (MemoryPiece piece in pieces.Span)
        {
            int part = (int)Math.Min(piece.LengthBytes, left - done);
            bytes.AsSpan(_at + done, part).CopyTo(new Span<byte>((void*)piece.Address, part));
            done += part;
        }
        _at += done;
        return ValueTask.FromResult(done);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (IsShutDown)
            throw new IOException("the channel was shut down");
        _answers.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public override void ShutdownRead() => _at = bytes.Length;

    public override void Shutdown()
    {
        _at = bytes.Length;
        IsShutDown = true;
    }
}
