using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;

namespace Simulation.Scenarios.Observing;

/// <summary>
/// A message that the destination has written to its source (stream reference, section 6.2), read by code of its own:
/// <code>
/// u16 type  u16 length  payload:   SHUT, PONG, RESUME_ACK  u32 value      REQ_PAGES  u64 start, u32 length
///                                  RECV_BITMAP             str8 block     REQ_PAGES_ID  the same and  str8 block
/// RECV_BITMAP, behind it:          u64 size  size bytes  u64 end mark
/// </code>
/// </summary>
internal sealed record SentMessage
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 4;

    private const ulong EndMark = 0x0123456789abcdef;

    /// <summary>The message.</summary>
    public required ReturnPathMessageType Type { get; init; }

    /// <summary>Its number, of those that have one.</summary>
    public uint Value { get; init; }

    /// <summary>The block that a request or a bitmap names; null where it names none.</summary>
    public string? Block { get; init; }

    /// <summary>Where the page begins that is asked for.</summary>
    public ulong Start { get; init; }

    /// <summary>How many bytes are asked for.</summary>
    public uint Length { get; init; }

    /// <summary>The bitmap.</summary>
    public byte[] Bitmap { get; init; } = [];

    /// <summary>Whether a page is asked for.</summary>
    public bool IsRequest => Type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId;

    /// <summary>Reads what was written to one connection; of a message that was written in part, nothing.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The messages, in order.</returns>
    public static List<SentMessage> ReadAll(ReadOnlySpan<byte> bytes)
    {
        List<SentMessage> messages = [];
        while (TryRead(ref bytes, out SentMessage? message))
            messages.Add(message!);
        return messages;
    }

    /// <summary>Reads one message.</summary>
    /// <param name="bytes">What is left; advanced behind the message.</param>
    /// <param name="message">The message.</param>
    /// <returns>False where there is none that is whole.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, out SentMessage? message)
    {
        message = null;
        if (bytes.Length < HeaderBytes)
            return false;
        ReturnPathMessageType type = (ReturnPathMessageType)BinaryPrimitives.ReadUInt16BigEndian(bytes);
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (bytes.Length < HeaderBytes + length)
            return false;
        ReadOnlySpan<byte> payload = bytes.Slice(HeaderBytes, length);
        ReadOnlySpan<byte> rest = bytes[(HeaderBytes + length)..];
        switch (type)
        {
            case ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId when length >= 12:
                message = new()
                {
                    Type = type,
                    Start = BinaryPrimitives.ReadUInt64BigEndian(payload),
                    Length = BinaryPrimitives.ReadUInt32BigEndian(payload[8..]),
                    Block = type == ReturnPathMessageType.RequestPagesId ? Encoding.ASCII.GetString(payload[13..]) : null,
                };
                break;
            case ReturnPathMessageType.RecvBitmap:
                if (rest.Length < sizeof(ulong))
                    return false;
                int size = (int)BinaryPrimitives.ReadUInt64BigEndian(rest);
                if (rest.Length < size + (2 * sizeof(ulong)) || BinaryPrimitives.ReadUInt64BigEndian(rest[(sizeof(ulong) + size)..]) != EndMark)
                    return false;
                message = new() { Type = type, Block = Encoding.ASCII.GetString(payload[1..]), Bitmap = rest.Slice(sizeof(ulong), size).ToArray() };
                rest = rest[(size + (2 * sizeof(ulong)))..];
                break;
            default:
                message = new() { Type = type, Value = length == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(payload) : 0 };
                break;
        }

        bytes = rest;
        return true;
    }
}
