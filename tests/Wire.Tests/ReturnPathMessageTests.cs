using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>Return-path messages against the bytes a real destination sent (stream reference, section 6.2).</summary>
public sealed class ReturnPathMessageTests
{
    [Theory]
    [InlineData(ReturnPathMessageType.Pong, 1, "0002000400000001")]
    [InlineData(ReturnPathMessageType.Pong, 0x42, "0002000400000042")]
    [InlineData(ReturnPathMessageType.Shut, 0, "0001000400000000")]
    [InlineData(ReturnPathMessageType.Shut, 1, "0001000400000001")]
    [InlineData(ReturnPathMessageType.SwitchoverAck, 0, "00070000")]
    public void Message_has_the_recorded_bytes(ReturnPathMessageType type, uint value, string hex)
    {
        byte[] bytes = new byte[ReturnPathMessage.LongestBytes];
        int written = new ReturnPathMessage(type, value).Write(bytes);
        Assert.Equal(hex, Convert.ToHexStringLower(bytes.AsSpan(0, written)));
        Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(bytes, out ReturnPathMessage message, out int consumed));
        Assert.Equal((type, value, written), (message.Type, message.Value, consumed));
    }

    [Fact]
    public void Request_has_the_recorded_bytes()
    {
        byte[] bytes = Convert.FromHexString("00030014" + "0000000000000000" + "00001000" + "07" + "70632e62696f73");
        Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(bytes, out ReturnPathMessage message, out int consumed));
        Assert.Equal((ReturnPathMessageType.RequestPagesId, 0x1000u, 0ul, bytes.Length), (message.Type, message.Value, message.Start, consumed));
        Assert.Equal("pc.bios"u8, message.Block);
    }

    [Theory]
    [InlineData("0000000400000000")]
    [InlineData("0002000500000000")]
    [InlineData("0008000400000000")]
    [InlineData("0000000100")]
    [InlineData("00080000")]
    [InlineData("00050000")]
    [InlineData("0003000c")]
    [InlineData("00050003016162")]
    [InlineData("00050003036162")]
    public void Unknown_type_or_length_is_invalid(string hex) =>
        Assert.Equal(DecodeStatus.InvalidData, ReturnPathMessage.TryRead(Convert.FromHexString(hex), out _, out _));
}
