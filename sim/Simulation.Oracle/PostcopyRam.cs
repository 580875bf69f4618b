namespace Simulation.Oracle;

/// <summary>Reads the records of the <c>ram</c> section in postcopy, of main or of the preempt connection (stream reference, section 2.4).</summary>
/// <remarks>Pages are put together to pages of the block's backing, and each of those is placed whole.</remarks>
internal sealed class PostcopyRam(
    ByteCursor cursor, OracleMachine machine, Capabilities capabilities, OracleRam ram, LastBlock last, PostcopyProgress progress)
{
    private const ulong PageFlags = WireFormat.RamZero | WireFormat.RamPage;
    private readonly ulong _flagMask = (ulong)machine.PageSize - 1;

    // The host page that is being put together: its block, its place, and the target pages that have come, in order.
    private readonly List<(ulong Offset, ReadOnlyMemory<byte> Content)> _hostPage = [];
    private OracleRamBlock? _hostBlock;
    private ulong _hostOffset;

    // Pages that have come whole. Only when the connections are lost, or all is over, it is known which of them were placed for certain.
    private readonly List<(OracleRamBlock Block, ulong Offset, ReadOnlyMemory<byte> Content, long End)> _arrived = [];

    /// <summary>Reads records up to EOS.</summary>
    /// <param name="records">Takes the ends of page records.</param>
    /// <returns>Number of records, EOS included.</returns>
    public int Read(RecordLog records)
    {
        int count = 0;
        ulong flags;
        do
        {
            cursor.BeginRecord();
            ulong header = cursor.U64();
            flags = header & _flagMask;
            ReadRecord(header & ~_flagMask, flags, records);
            count++;
        }
        while ((flags & ~WireFormat.RamContinue) != WireFormat.RamEos);

        return count;
    }

    /// <summary>Whether a page has come whole since the last settlement.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="offset">Its offset in the block, bytes.</param>
    public bool Brings(OracleRamBlock block, long offset) => _arrived.Exists(page => page.Block == block && page.Offset == (ulong)offset);

    /// <summary>Places the pages that have come, and forgets a host page that has come in part.</summary>
    /// <param name="records">Learns which pages came first.</param>
    /// <param name="leg">The leg that is over, counted from 0.</param>
    /// <param name="connection">The connection that brought them.</param>
    /// <param name="isCertain">Whether they were placed for certain.</param>
    public void Settle(RecordLog records, int leg, int connection, bool isCertain)
    {
        OracleRamBlock.Write write = new(Epoch: -1 - leg, connection);
        foreach ((OracleRamBlock block, ulong offset, ReadOnlyMemory<byte> content, long end) in _arrived)
        {
            bool isDoubtful = !isCertain || block.IsDoubtful((int)(offset / (ulong)machine.PageSize));
            bool isPlaced = block.Place(offset, content, write, isCertain);
            if (isPlaced)
                records.AddFirst(end);
            if (isDoubtful)
                progress.DoubtfulRecords++;
            else if (!isPlaced)
                progress.DroppedPages++;
        }

        _arrived.Clear();
        _hostPage.Clear();
        _hostBlock = null;
    }

    private void ReadRecord(ulong offset, ulong flags, RecordLog records)
    {
        ulong kind = flags & ~WireFormat.RamContinue;
        if (kind == WireFormat.RamEos)
            return;
        if (kind is not (WireFormat.RamZero or WireFormat.RamPage))
            throw cursor.Fault(OracleFaultKind.UnknownRamFlags, cursor.RecordStart, $"0x{flags:x}");

        OracleRamBlock block = last.Read(cursor, ram, capabilities, offset, (flags & WireFormat.RamContinue) != 0);
        ReadOnlyMemory<byte> content = default;
        if (kind == WireFormat.RamPage)
        {
            Judge(block, offset);
            content = cursor.TakeMemory((uint)machine.PageSize);
            records.AddNormal(cursor.Position);
        }
        else
        {
            byte fill = cursor.U8();
            if (fill != 0)
                throw cursor.Fault(OracleFaultKind.NonZeroFill, cursor.Position - 1, $"{fill}");
            Judge(block, offset);
            records.AddZero(cursor.Position);
        }

        Take(block, offset, content);
    }

    // Pages of a host page may come in any order, but no other may come between them.
    private void Judge(OracleRamBlock block, ulong offset)
    {
        ulong start = offset & ~((ulong)block.Model.BackingPageSize - 1);
        if (_hostBlock is not null && (_hostBlock != block || _hostOffset != start))
            throw cursor.Fault(OracleFaultKind.HostPageIncomplete, cursor.RecordStart, $"{block.Name} 0x{offset:x}");
        _hostBlock = block;
        _hostOffset = start;
    }

    private void Take(OracleRamBlock block, ulong offset, ReadOnlyMemory<byte> content)
    {
        _hostPage.Add((offset, content));
        if (_hostPage.Count * machine.PageSize < block.Model.BackingPageSize)
            return;
        foreach ((ulong at, ReadOnlyMemory<byte> bytes) in _hostPage)
            _arrived.Add((block, at, bytes, cursor.Position));
        _hostPage.Clear();
        _hostBlock = null;
    }
}
