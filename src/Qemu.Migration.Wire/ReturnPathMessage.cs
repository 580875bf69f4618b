using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// A message of the return path, from destination to source (stream reference, section 6.2), big-endian:
/// <code>
/// +0 u16 type  +2 u16 length  +4 payload
/// SHUT, PONG, RESUME_ACK  u32 value        SWITCHOVER_ACK  nothing
/// REQ_PAGES     u64 start  u32 bytes       REQ_PAGES_ID    u64 start  u32 bytes  str8 block
/// RECV_BITMAP   str8 block                 a <see cref="RecoveryBitmap"/> follows outside the length
/// </code>
/// </summary>
/// <param name="type">The message.</param>
/// <param name="value">The u32 that it carries; ignored where it has none.</param>
/// <param name="start">Where the requested pages start; ignored where it has none.</param>
/// <param name="block">The block's name; ignored where it has none.</param>
public readonly ref struct ReturnPathMessage(
    ReturnPathMessageType type, uint value = 0, ulong start = 0, ReadOnlySpan<byte> block = default)
{
    /// <summary>No C name: bytes of a message's header, u16 type and u16 length.</summary>
    public const int HeaderBytes = 4;

    /// <summary>No C name: bytes of the longest message: a request with the longest name.</summary>
    public const int LongestBytes = HeaderBytes + RequestBytes + 1 + Limits.NameBytes;

    private const int ValueBytes = 4;
    private const int RequestBytes = 12;

    /// <summary>The message.</summary>
    public ReturnPathMessageType Type { get; } = type;

    /// <summary>The u32 of SHUT, PONG and RESUME_ACK, or the bytes requested by REQ_PAGES and REQ_PAGES_ID; 0 where there is none.</summary>
    public uint Value { get; } = value;

    /// <summary>The offset in the block in bytes where the requested pages start; 0 where there is none.</summary>
    public ulong Start { get; } = start;

    /// <summary>The block's name as it stands in the message; empty where there is none.</summary>
    public ReadOnlySpan<byte> Block { get; } = block;

    /// <summary>Reads one message.</summary>
    /// <param name="source">Bytes from the destination, oldest first.</param>
    /// <param name="message">The message.</param>
    /// <param name="consumed">Its bytes; 0 unless done.</param>
    /// <returns>Invalid where its type does not exist, or has another length.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out ReturnPathMessage message, out int consumed)
    {
        message = default;
        consumed = 0;
        if (source.Length < HeaderBytes)
            return DecodeStatus.NeedMoreData(HeaderBytes);
        ReturnPathMessageType type = (ReturnPathMessageType)BinaryPrimitives.ReadUInt16BigEndian(source);
        int length = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        (int fixedBytes, bool named) = Layout(type);
        if (named ? length <= fixedBytes || length > fixedBytes + 1 + Limits.NameBytes : length != fixedBytes)
            return DecodeStatus.InvalidData;
        if (source.Length < HeaderBytes + length)
            return DecodeStatus.NeedMoreData(HeaderBytes + length);
        ReadOnlySpan<byte> payload = source.Slice(HeaderBytes, length);
        ReadOnlySpan<byte> block = default;
        if (named && (CountedString.TryRead(payload[fixedBytes..], out block, out int nameBytes) != DecodeStatus.Done
            || fixedBytes + nameBytes != length))
            return DecodeStatus.InvalidData;
        message = new(
            type, fixedBytes == 0 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(payload[(fixedBytes - ValueBytes)..]),
            fixedBytes == RequestBytes ? BinaryPrimitives.ReadUInt64BigEndian(payload) : 0, block);
        consumed = HeaderBytes + length;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the message.</summary>
    /// <param name="destination">At least <see cref="LongestBytes"/>, or what the message takes.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        (int fixedBytes, bool named) = Layout(Type);
        ArgumentOutOfRangeException.ThrowIfNegative(fixedBytes, nameof(Type));
        int at = HeaderBytes + fixedBytes;
        if (named)
            at += CountedString.Write(destination[at..], Block);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)Type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)(at - HeaderBytes));
        if (fixedBytes == RequestBytes)
            BinaryPrimitives.WriteUInt64BigEndian(destination[HeaderBytes..], Start);
        if (fixedBytes > 0)
            BinaryPrimitives.WriteUInt32BigEndian(destination[(HeaderBytes + fixedBytes - ValueBytes)..], Value);
        return at;
    }

    // Bytes of the fixed fields, and whether a name follows; a type that does not exist has no length.
    private static (int FixedBytes, bool Named) Layout(ReturnPathMessageType type) => type switch
    {
        ReturnPathMessageType.Shut or ReturnPathMessageType.Pong or ReturnPathMessageType.ResumeAck => (ValueBytes, false),
        ReturnPathMessageType.SwitchoverAck => (0, false),
        ReturnPathMessageType.RequestPages => (RequestBytes, false),
        ReturnPathMessageType.RequestPagesId => (RequestBytes, true),
        ReturnPathMessageType.RecvBitmap => (0, true),
        _ => (-1, false),
    };
}
