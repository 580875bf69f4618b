using System.Buffers.Binary;
using Qemu.Migration.Wire;
using Simulation.Source.Precopy;

namespace Simulation.Source.Hosting;

/// <summary>
/// The messages in the bytes of a return path. Messages are short; only a bitmap that the source has asked for is longer, and its
/// length is known from the source's own block.
/// </summary>
/// <param name="source">Who hears them.</param>
internal sealed class ReturnPathReader(MigrationSource source)
{
    private const int BitmapFrameBytes = 16;

    private byte[] _buffer = new byte[ReturnPathMessage.LongestBytes];
    private byte[]? _bitmapBlock;
    private int _bitmapBytes;
    private int _filled;
    private bool _isBroken;

    /// <summary>Room for what comes next; never empty.</summary>
    public Memory<byte> Room => _buffer.AsMemory(_filled);

    /// <summary>Reads what has come.</summary>
    /// <param name="count">Bytes in <see cref="Room"/>.</param>
    public void Take(int count)
    {
        _filled += count;
        int read = 0;
        while (!_isBroken && TryReadOne(_buffer.AsSpan(read, _filled - read), out int consumed))
            read += consumed;

        // Stop reading after a message that is invalid.
        if (_isBroken)
            read = _filled;
        _buffer.AsSpan(read, _filled - read).CopyTo(_buffer);
        _filled -= read;
        if (_bitmapBlock is not null && _buffer.Length < _bitmapBytes + BitmapFrameBytes)
            Array.Resize(ref _buffer, _bitmapBytes + BitmapFrameBytes);
    }

    private bool TryReadOne(ReadOnlySpan<byte> bytes, out int consumed)
    {
        if (_bitmapBlock is not null)
            return TryReadBitmap(bytes, out consumed);
        DecodeStatus status = ReturnPathMessage.TryRead(bytes, out ReturnPathMessage message, out consumed);
        if (status == DecodeStatus.InvalidData)
            Break("the return path carries no message");
        if (status != DecodeStatus.Done)
            return false;
        if (message.Type != ReturnPathMessageType.RecvBitmap)
        {
            source.Receive(message);
            return true;
        }

        if (source.BitmapBytes(message.Block) is not { } length)
        {
            _isBroken = true;
            return false;
        }

        (_bitmapBlock, _bitmapBytes) = (message.Block.ToArray(), length);
        return true;
    }

    private bool TryReadBitmap(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        if (bytes.Length >= sizeof(ulong) && BinaryPrimitives.ReadUInt64BigEndian(bytes) != (ulong)_bitmapBytes)
            Break("a bitmap is not as long as its block");
        if (_isBroken || bytes.Length < _bitmapBytes + BitmapFrameBytes)
            return false;
        if (RecoveryBitmap.TryRead(bytes, out RecoveryBitmap bitmap, out consumed) != DecodeStatus.Done)
        {
            Break("a bitmap does not end as it should");
            return false;
        }

        source.ReceiveBitmap(_bitmapBlock!, bitmap.Bits);
        _bitmapBlock = null;
        return true;
    }

    private void Break(string error)
    {
        _isBroken = true;
        source.Fail(error);
    }
}
