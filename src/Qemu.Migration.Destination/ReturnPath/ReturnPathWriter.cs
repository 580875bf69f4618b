using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.ReturnPath;

/// <summary>to_src_file: what the destination answers on the main channel (stream reference, section 6.2). A message that cannot be
/// sent is dropped: the source will learn it from the channel's end.</summary>
internal sealed class ReturnPathWriter(MigrationChannel channel, MigrationTrace trace)
{
    private readonly byte[] _message = new byte[ReturnPathMessage.LongestBytes];

    public ValueTask PongAsync(uint value) => SendAsync(ReturnPathMessageType.Pong, value);

    /// <summary>The last message: 0 says that this side owns the guest now, 1 that it never will.</summary>
    public ValueTask ShutAsync(uint value) => SendAsync(ReturnPathMessageType.Shut, value);

    public ValueTask SwitchoverAckAsync() => SendAsync(ReturnPathMessageType.SwitchoverAck, 0);

    private async ValueTask SendAsync(ReturnPathMessageType type, uint value)
    {
        int length = new ReturnPathMessage(type, value).Write(_message);
        try
        {
            await channel.WriteAsync(_message.AsMemory(0, length));
            trace.ReturnPathMessageSent(type, value);
        }
        catch (IOException error)
        {
            trace.Warning($"return path: {type} could not be sent: {error.Message}");
        }
    }
}
