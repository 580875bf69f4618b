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
    public void Message_with_a_value_has_the_recorded_bytes(ReturnPathMessageType type, uint value, string hex)
    {
        byte[] bytes = new byte[ReturnPathMessage.LongestBytes];
        Assert.Equal(8, ReturnPathMessage.Write(bytes, type, value));
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
        Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(bytes, out var readType, out uint readValue, out int consumed));
        Assert.Equal((type, value, 8), (readType, readValue, consumed));
    }

    [Fact]
    public void Switchover_ack_has_no_payload()
    {
        byte[] bytes = [0xa5, 0xa5, 0xa5, 0xa5];
        Assert.Equal(4, ReturnPathMessage.Write(bytes, ReturnPathMessageType.SwitchoverAck));
        Assert.Equal("00070000", Convert.ToHexStringLower(bytes));
        Assert.Equal(DecodeStatus.Done, ReturnPathMessage.TryRead(bytes, out var type, out uint value, out int consumed));
        Assert.Equal((ReturnPathMessageType.SwitchoverAck, 0u, 4), (type, value, consumed));
    }

    [Fact]
    public void Message_that_is_not_whole_consumes_nothing()
    {
        byte[] bytes = Convert.FromHexString("0002000400000001");
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(DecodeStatus.NeedMoreData, ReturnPathMessage.TryRead(bytes.AsSpan(0, length), out _, out _, out int consumed));
            Assert.Equal(0, consumed);
        }
    }

    [Theory]
    [InlineData("0000000400000000")]
    [InlineData("0002000500000000")]
    [InlineData("0008000400000000")]
    [InlineData("0000000100")]
    [InlineData("00080000")]
    public void Unknown_type_or_length_is_invalid(string hex) =>
        Assert.Equal(DecodeStatus.InvalidData, ReturnPathMessage.TryRead(Convert.FromHexString(hex), out _, out _, out _));
}
