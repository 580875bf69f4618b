using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Qemu.Migration.Wire;

/// <summary>
/// The header of a RAM record and the name of its block (stream reference, section 2.1), big-endian; the body follows:
/// <code>
/// +0 u64 page offset | flags  [+8 str8 block]     the name stands there with ZERO, PAGE and XBZRLE, unless CONTINUE is set
/// body   ZERO u8 0   PAGE byte[page size]   XBZRLE see <see cref="XbzrleHeader"/>   MEM_SIZE see <see cref="BlockListEntry"/>
/// </code>
/// </summary>
public readonly ref struct RamRecord
{
    private readonly ulong _header;
    private readonly uint _flagMask;

    /// <summary>Makes a record's header.</summary>
    /// <param name="offset">Offset of the page in its block in bytes, or the total of MEM_SIZE; a multiple of the page size.</param>
    /// <param name="flags">The flags, <see cref="RamFlags"/>.</param>
    /// <param name="pageSizeBytes">Bytes of a page: the bits below are flags.</param>
    /// <param name="blockName">The name of the block; not written where the flags say that there is none.</param>
    public RamRecord(ulong offset, uint flags, int pageSizeBytes, ReadOnlySpan<byte> blockName = default)
        : this(offset | flags, (uint)pageSizeBytes - 1, blockName)
    {
    }

    private RamRecord(ulong header, uint flagMask, ReadOnlySpan<byte> blockName)
    {
        _header = header;
        _flagMask = flagMask;
        BlockName = blockName;
    }

    /// <summary>Offset of the page in its block in bytes; the total length of all blocks in a MEM_SIZE record.</summary>
    public ulong Offset => _header & ~(ulong)_flagMask;

    /// <summary>All bits below the page size.</summary>
    public uint Flags => (uint)(_header & _flagMask);

    /// <summary>The one flag that says what the record is: all flags but CONTINUE.</summary>
    public uint Kind => Flags & ~RamFlags.Continue;

    /// <summary>The block's name as it stands in the stream; empty where the record has none.</summary>
    public ReadOnlySpan<byte> BlockName { get; }

    /// <summary>Reads the u64 that opens a record; inlined, for the loop over records.</summary>
    /// <param name="first">The first of 8 bytes.</param>
    /// <returns>Offset and flags.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadHeader(ref readonly byte first)
    {
        ulong header = Unsafe.ReadUnaligned<ulong>(in first);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(header) : header;
    }

    /// <summary>Reads a record up to its body.</summary>
    /// <param name="source">Bytes from the header on.</param>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <param name="record">What was read; offset and flags also where they are invalid.</param>
    /// <param name="consumed">Bytes of header and name; 0 unless done.</param>
    /// <returns>Invalid where the flags are not exactly one kind: what follows cannot be told then.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, int pageSizeBytes, out RamRecord record, out int consumed)
    {
        record = default;
        consumed = 0;
        if (source.Length < RamFlags.HeaderBytes)
            return DecodeStatus.NeedMoreData(RamFlags.HeaderBytes);
        record = new(ReadHeader(in source[0]), (uint)pageSizeBytes - 1, default);
        if (record.Kind is not (RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle or RamFlags.MemSize or RamFlags.Eos or RamFlags.Hook
            or RamFlags.MultifdFlush))
            return DecodeStatus.InvalidData;
        int nameBytes = 0;
        if (HasBlockName(record.Flags))
        {
            DecodeStatus status = CountedString.TryRead(source[RamFlags.HeaderBytes..], out ReadOnlySpan<byte> name, out nameBytes);
            if (status.NeedsMoreData)
                return DecodeStatus.NeedMoreData(RamFlags.HeaderBytes + status.NeededBytes);
            record = new(record._header, record._flagMask, name);
        }
        consumed = RamFlags.HeaderBytes + nameBytes;
        return DecodeStatus.Done;
    }

    /// <summary>Writes the record up to its body.</summary>
    /// <param name="destination">At least 9 bytes more than the name.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _header);
        return RamFlags.HeaderBytes
            + (HasBlockName(Flags) ? CountedString.Write(destination[RamFlags.HeaderBytes..], BlockName) : 0);
    }

    private static bool HasBlockName(uint flags) => flags is RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle;
}
