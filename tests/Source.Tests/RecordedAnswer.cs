using Qemu.Migration.Wire;
using Simulation.Source.Precopy;

namespace Source.Tests;

/// <summary>A message of a recorded return path.</summary>
internal sealed class RecordedAnswer
{
    private readonly byte[] _message;
    private readonly byte[] _bitmap;

    private RecordedAnswer(byte[] message, byte[] bitmap)
    {
        _message = message;
        _bitmap = bitmap;
    }

    public bool IsRequest => Type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId;

    private ReturnPathMessageType Type
    {
        get
        {
            Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(_message, out ReturnPathMessage message, out _));
            return message.Type;
        }
    }

    /// <summary>The messages of a return path, in order.</summary>
    public static IEnumerable<RecordedAnswer> Of(byte[] bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(bytes.AsSpan(at), out ReturnPathMessage message, out int consumed));
            bool hasBitmap = message.Type == ReturnPathMessageType.RecvBitmap;
            byte[] text = bytes[at..(at + consumed)];
            at += consumed;
            byte[] bits = [];
            if (hasBitmap)
            {
                Assert.Equal(DecodeStatus.Done, RecoveryBitmap.TryRead(bytes.AsSpan(at), out RecoveryBitmap bitmap, out consumed));
                bits = bitmap.Bits.ToArray();
                at += consumed;
            }

            yield return new(text, bits);
        }
    }

    public void GiveTo(MigrationSource source)
    {
        Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(_message, out ReturnPathMessage message, out _));
        if (message.Type != ReturnPathMessageType.RecvBitmap)
        {
            source.Receive(message);
            return;
        }

        Assert.Equal(_bitmap.Length, source.BitmapBytes(message.Block));
        source.ReceiveBitmap(message.Block, _bitmap);
    }
}
