using System.Globalization;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>Reads what a destination answered, message by message (stream reference, section 6.2).</summary>
/// <param name="channel">The answers.</param>
/// <param name="tell">Takes each message.</param>
internal sealed class ReturnPathDumper(MigrationChannel channel, Action<StreamRecord> tell) : IDisposable
{
    private readonly StreamCursor _cursor = new(channel);

    /// <summary>Reads all messages.</summary>
    /// <exception cref="FormatException">They cannot be followed any further; the message says where and why.</exception>
    public void Dump()
    {
        while (_cursor.Fill(1))
        {
            long offset = _cursor.Offset;
            ReturnPathMessage message = _cursor.Take<ReturnPathMessage>(ReturnPathMessage.TryRead, "a return-path message");
            ReturnPathMessageType type = message.Type;
            string block = CString.Text(message.Block);
            switch (type)
            {
                case ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId:
                    tell(new(offset, "", $"RP_{type}", block, message.Start, $"{message.Value} bytes"));
                    break;
                case ReturnPathMessageType.RecvBitmap:
                    int bytes = _cursor.Take<RecoveryBitmap>(RecoveryBitmap.TryRead, "a bitmap of received pages").Bits.Length;
                    tell(new(offset, "", $"RP_{type}", block, null, $"{bytes} bytes"));
                    break;
                case ReturnPathMessageType.SwitchoverAck:
                    tell(new(offset, "", $"RP_{type}", "", null, ""));
                    break;
                default:
                    tell(new(offset, "", $"RP_{type}", "", null, string.Create(CultureInfo.InvariantCulture, $"0x{message.Value:x}")));
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();
}
