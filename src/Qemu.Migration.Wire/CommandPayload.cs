using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>
/// The payloads of commands (stream reference, sections 6.1 and 6.3), big-endian; RAM_DISCARD has a type of its own,
/// <see cref="RamDiscard"/>:
/// <code>
/// PING             +0 u32 value
/// POSTCOPY_ADVISE  +0 u64 page sizes  +8 u64 target page size     (or nothing)
/// PACKAGED         +0 u32 length; that many bytes follow outside the command
/// RECV_BITMAP      +0 str8 block
/// </code>
/// </summary>
public static class CommandPayload
{
    /// <summary>Reads the payload of PING.</summary>
    /// <param name="source">Bytes behind the command's header.</param>
    /// <param name="value">What PONG shall repeat.</param>
    /// <param name="consumed">Bytes of the payload; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryReadPing(ReadOnlySpan<byte> source, out uint value, out int consumed) =>
        BigEndian.TryReadUInt32(source, out value, out consumed);

    /// <summary>Reads the payload of PACKAGED.</summary>
    /// <param name="source">Bytes behind the command's header.</param>
    /// <param name="lengthBytes">Bytes of the nested stream that follows.</param>
    /// <param name="consumed">Bytes of the payload; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryReadPackaged(ReadOnlySpan<byte> source, out uint lengthBytes, out int consumed) =>
        BigEndian.TryReadUInt32(source, out lengthBytes, out consumed);

    /// <summary>Reads the payload of RECV_BITMAP.</summary>
    /// <param name="source">Bytes behind the command's header.</param>
    /// <param name="block">The block's name; an empty one is no name.</param>
    /// <param name="consumed">Bytes of the payload; 0 unless done.</param>
    /// <returns>Done, or how many bytes are needed.</returns>
    public static DecodeStatus TryReadRecvBitmap(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> block, out int consumed) =>
        CountedString.TryRead(source, out block, out consumed);

    /// <summary>Writes the payload of PING or PACKAGED.</summary>
    /// <param name="destination">At least 4 bytes.</param>
    /// <param name="value">The value or the length.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, value);
        return sizeof(uint);
    }

    /// <summary>Writes the payload of RECV_BITMAP.</summary>
    /// <param name="destination">At least one byte more than the name.</param>
    /// <param name="block">The block's name.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> block) => CountedString.Write(destination, block);
}
