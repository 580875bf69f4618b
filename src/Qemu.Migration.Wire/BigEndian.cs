using System.Buffers.Binary;

namespace Qemu.Migration.Wire;

/// <summary>Numbers that are a structure of their own.</summary>
internal static class BigEndian
{
    public static DecodeStatus TryReadUInt32(ReadOnlySpan<byte> source, out uint value, out int consumed)
    {
        bool whole = BinaryPrimitives.TryReadUInt32BigEndian(source, out value);
        consumed = whole ? sizeof(uint) : 0;
        return whole ? DecodeStatus.Done : DecodeStatus.NeedMoreData(sizeof(uint));
    }

    public static DecodeStatus TryReadUInt64(ReadOnlySpan<byte> source, out ulong value, out int consumed)
    {
        bool whole = BinaryPrimitives.TryReadUInt64BigEndian(source, out value);
        consumed = whole ? sizeof(ulong) : 0;
        return whole ? DecodeStatus.Done : DecodeStatus.NeedMoreData(sizeof(ulong));
    }
}
