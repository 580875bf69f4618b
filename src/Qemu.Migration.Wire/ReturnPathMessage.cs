using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>Encodes and decodes the fixed-size messages of the return path (stream reference, section 6.2).</summary>
public static class ReturnPathMessage
{
    /// <summary>No C name: bytes of a message's header, u16 type and u16 length.</summary>
    public const int HeaderBytes = 4;

    /// <summary>No C name: bytes of the longest message this destination sends, header and u32.</summary>
    public const int LongestBytes = HeaderBytes + 4;

    /// <summary>Writes a message with a u32 payload: SHUT, PONG, RESUME_ACK.</summary>
    /// <param name="destination">At least <see cref="LongestBytes"/> bytes.</param>
    /// <param name="type">The message.</param>
    /// <param name="value">Its payload.</param>
    /// <returns>The bytes written, 8.</returns>
    public static int Write(Span<byte> destination, ReturnPathMessageType type, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], value);
        return 8;
    }

    /// <summary>Writes a message without payload: SWITCHOVER_ACK.</summary>
    /// <param name="destination">At least <see cref="HeaderBytes"/> bytes.</param>
    /// <param name="type">The message.</param>
    /// <returns>The bytes written, 4.</returns>
    public static int Write(Span<byte> destination, ReturnPathMessageType type)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], 0);
        return HeaderBytes;
    }

    /// <summary>Reads one message whose payload is at most a u32.</summary>
    /// <param name="source">Bytes from the destination, oldest first.</param>
    /// <param name="type">The message.</param>
    /// <param name="value">Its u32 payload, or 0 where it has none.</param>
    /// <param name="consumed">Bytes of the message; 0 unless <see cref="DecodeStatus.Done"/>.</param>
    /// <returns><see cref="DecodeStatus.NeedMoreData"/> when the message is not whole yet, <see cref="DecodeStatus.InvalidData"/>
    /// when its type or length is not one of these.</returns>
    public static DecodeStatus TryRead(
        ReadOnlySpan<byte> source, out ReturnPathMessageType type, out uint value, out int consumed)
    {
        type = ReturnPathMessageType.Invalid;
        value = 0;
        consumed = 0;
        if (source.Length < HeaderBytes)
            return DecodeStatus.NeedMoreData;
        type = (ReturnPathMessageType)BinaryPrimitives.ReadUInt16BigEndian(source);
        int length = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        int expected = type switch
        {
            ReturnPathMessageType.Shut or ReturnPathMessageType.Pong or ReturnPathMessageType.ResumeAck => 4,
            ReturnPathMessageType.SwitchoverAck => 0,
            _ => -1,
        };
        if (length != expected)
            return DecodeStatus.InvalidData;
        if (source.Length < HeaderBytes + length)
            return DecodeStatus.NeedMoreData;
        if (length == 4)
            value = BinaryPrimitives.ReadUInt32BigEndian(source[HeaderBytes..]);
        consumed = HeaderBytes + length;
        return DecodeStatus.Done;
    }
}
