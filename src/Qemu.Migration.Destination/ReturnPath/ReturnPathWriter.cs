using System.Buffers.Binary;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.ReturnPath;

/// <summary>to_src_file: what the destination answers on the main channel (stream reference, section 6.2). A message that cannot be
/// sent is dropped: the source will learn it from the channel's end. Any task may send: one message goes out after the other.</summary>
internal sealed class ReturnPathWriter(MigrationChannel channel, DestinationEnvironment environment)
{
    private const int BitmapStepBytes = 64 * 1024;
    private readonly byte[] _message = new byte[ReturnPathMessage.LongestBytes];
    private readonly object _lock = new();
    private TaskCompletionSource? _free;
    private bool _isBusy;

    // The block of the last request: the next one for it need not name it. A recovery has a writer of its own (stream reference, 9.2, #57).
    private RamBlock? _lastRequested;

    public ValueTask PongAsync(uint value) => SendAsync(ReturnPathMessageType.Pong, value);

    /// <summary>The last message: 0 says that this side owns the guest now, 1 that it never will.</summary>
    public ValueTask ShutAsync(uint value) => SendAsync(ReturnPathMessageType.Shut, value);

    public ValueTask SwitchoverAckAsync() => SendAsync(ReturnPathMessageType.SwitchoverAck, 0);

    /// <summary>The source may go on sending pages after a recovery.</summary>
    public ValueTask ResumeAckAsync() => SendAsync(ReturnPathMessageType.ResumeAck, 1);

    /// <summary>Asks for a page.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="offset">Its first byte.</param>
    /// <param name="lengthBytes">Its length.</param>
    public async ValueTask RequestAsync(RamBlock block, long offset, int lengthBytes)
    {
        await EnterAsync();
        bool isNamed = block != _lastRequested;
        _lastRequested = block;
        ReturnPathMessageType type = isNamed ? ReturnPathMessageType.RequestPagesId : ReturnPathMessageType.RequestPages;
        await WriteAsync(
            type, (uint)lengthBytes, new ReturnPathMessage(type, (uint)lengthBytes, (ulong)offset, block.Utf8Name).Write(_message));
        Leave();
    }

    /// <summary>Says which pages of a block have been received.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pageCount">How many pages it has.</param>
    public async ValueTask RecvBitmapAsync(RamBlock block, long pageCount)
    {
        await EnterAsync();
        const ReturnPathMessageType type = ReturnPathMessageType.RecvBitmap;
        if (await WriteAsync(type, 0, new ReturnPathMessage(type, block: block.Utf8Name).Write(_message)))
            await WriteBitmapAsync(block.Received, (pageCount + 63) / 64);
        Leave();
    }

    // Size, bitmap and end mark lie outside the message's length; the bitmap goes out in pieces.
    private async ValueTask WriteBitmapAsync(PageBitmap bitmap, long words)
    {
        byte[] buffer = new byte[Math.Min(BitmapStepBytes, (words + 2) * sizeof(ulong))];
        BinaryPrimitives.WriteInt64BigEndian(buffer, words * sizeof(ulong));
        int used = sizeof(ulong);
        for (long word = 0; word <= words; word++)
        {
            if (word < words)
                BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(used), bitmap.AllWords[(int)word]);
            else
                BinaryPrimitives.WriteUInt64BigEndian(buffer.AsSpan(used), RecoveryBitmap.EndMark);
            used += sizeof(ulong);
            if (used < buffer.Length && word < words)
                continue;
            if (!await TryWriteAsync(ReturnPathMessageType.RecvBitmap, buffer.AsMemory(0, used)))
                return;
            used = 0;
        }
    }

    private async ValueTask SendAsync(ReturnPathMessageType type, uint value)
    {
        await EnterAsync();
        await WriteAsync(type, value, new ReturnPathMessage(type, value).Write(_message));
        Leave();
    }

    private async ValueTask<bool> WriteAsync(ReturnPathMessageType type, uint value, int length)
    {
        if (!await TryWriteAsync(type, _message.AsMemory(0, length)))
            return false;
        environment.Trace.ReturnPathMessageSent(type, value);
        return true;
    }

    private async ValueTask<bool> TryWriteAsync(ReturnPathMessageType type, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await channel.WriteAsync(bytes);
            return true;
        }
        catch (IOException error)
        {
            environment.Trace.Warning($"return path: {type} could not be sent: {error.Message}");
            return false;
        }
    }

    private async ValueTask EnterAsync()
    {
        while (true)
        {
            Task free;
            lock (_lock)
            {
                if (!_isBusy)
                {
                    _isBusy = true;
                    return;
                }
                free = (_free ??= NewSignal()).Task;
            }
            await environment.WaitFor(free);
        }
    }

    private void Leave()
    {
        TaskCompletionSource? free;
        lock (_lock)
        {
            _isBusy = false;
            free = _free;
            _free = null;
        }
        free?.TrySetResult();
    }
}
