using Qemu.Migration.Wire;
using Simulation.Source.Guest;

namespace Simulation.Source.Savevm;

/// <summary>
/// Writes the records of the <c>ram</c> section (stream reference, section 2.1):
/// <code>
/// u64 offset in the block | flags   [str8 block, unless CONTINUE]   body
/// </code>
/// A block is named where the record before was of another block, in this or an earlier section.
/// </summary>
public sealed class RamRecordWriter
{
    private readonly StreamBuffer _output;
    private GuestBlock? _lastSentBlock;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">Where the channel's bytes go.</param>
    public RamRecordWriter(StreamBuffer output) => _output = output;

    /// <summary>Whether the guest runs at the destination: a page's record is then open to other deviations too.</summary>
    public bool InPostcopy { get; set; }

    /// <summary>Names the block in the next record, whatever it was before.</summary>
    public void ForgetBlock() => _lastSentBlock = null;

    /// <summary>Writes a ZERO record: u8 fill, always 0.</summary>
    /// <param name="block">The page's block.</param>
    /// <param name="page">The page's number.</param>
    /// <returns>Bytes of the record.</returns>
    public int WriteZero(GuestBlock block, int page)
    {
        int start = WriteHeader(block, page, RamFlags.Zero);
        _output.WriteByte(0);
        return Complete(start);
    }

    /// <summary>Writes a PAGE record.</summary>
    /// <param name="block">The page's block.</param>
    /// <param name="page">The page's number.</param>
    /// <param name="content">The page.</param>
    /// <param name="copied">Whether a real source would copy the page at once instead of referring to it.</param>
    /// <returns>Bytes of the record.</returns>
    public int WritePage(GuestBlock block, int page, ReadOnlySpan<byte> content, bool copied)
    {
        int start = WriteHeader(block, page, RamFlags.Page);
        if (copied)
            _output.Write(content);
        else
            _output.WriteReferenced(content);
        return Complete(start);
    }

    /// <summary>Writes an XBZRLE record: u8 1, u16 length, delta.</summary>
    /// <param name="block">The page's block.</param>
    /// <param name="page">The page's number.</param>
    /// <param name="delta">The delta, at most a page long.</param>
    /// <returns>Bytes of the record.</returns>
    public int WriteXbzrle(GuestBlock block, int page, ReadOnlySpan<byte> delta)
    {
        int start = WriteHeader(block, page, RamFlags.Xbzrle);
        _output.WriteByte(Xbzrle.EncodingFlag);
        _output.WriteUInt16((ushort)delta.Length);
        _output.Write(delta);
        return Complete(start);
    }

    /// <summary>Writes the record that opens the block list: total of all blocks and MEM_SIZE.</summary>
    /// <param name="totalBytes">The sum of the blocks' lengths.</param>
    public void WriteMemSize(long totalBytes) => _output.WriteUInt64((ulong)totalBytes | RamFlags.MemSize);

    /// <summary>Writes a block's entry in the list, without what capabilities add.</summary>
    /// <param name="block">The block.</param>
    public void WriteBlock(GuestBlock block)
    {
        _output.WriteString(block.Name);
        _output.WriteUInt64((ulong)block.Layout.LengthBytes);
    }

    /// <summary>Writes MULTIFD_FLUSH.</summary>
    public void WriteFlush() => _output.WriteUInt64(RamFlags.MultifdFlush);

    /// <summary>Writes EOS.</summary>
    public void WriteEndOfRecords()
    {
        int start = _output.PendingCount;
        _output.WriteUInt64(RamFlags.Eos);
        _output.Complete(StructureKind.EndOfRecords, start);
    }

    private int WriteHeader(GuestBlock block, int page, uint flags)
    {
        int start = _output.PendingCount;
        bool named = _lastSentBlock != block;
        ulong offset = (ulong)block.OffsetOf(page);
        _output.WriteUInt64(offset | flags | (named ? 0 : RamFlags.Continue));
        if (named)
            _output.WriteString(block.Name);
        _lastSentBlock = block;
        return start;
    }

    private int Complete(int start)
    {
        int count = _output.PendingCount - start;
        _output.Complete(StructureKind.PageRecord, start);
        if (InPostcopy)
            _output.Complete(StructureKind.PostcopyPageRecord, start);
        return count;
    }
}
