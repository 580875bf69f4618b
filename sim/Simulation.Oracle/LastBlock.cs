namespace Simulation.Oracle;

/// <summary>The block of the last page record of a channel; a record with CONTINUE leaves the name out (stream reference, section 2.1).</summary>
internal sealed class LastBlock
{
    private OracleRamBlock? _block;

    /// <summary>Reads the block of a page record.</summary>
    /// <param name="cursor">The connection, behind the record's first word.</param>
    /// <param name="ram">The blocks.</param>
    /// <param name="capabilities">They say which blocks must not travel.</param>
    /// <param name="offset">Offset of the page in the block.</param>
    /// <param name="isSame">Whether it is the block of the record before.</param>
    public OracleRamBlock Read(ByteCursor cursor, OracleRam ram, Capabilities capabilities, ulong offset, bool isSame)
    {
        long start = cursor.Position;
        OracleRamBlock block;
        if (isSame)
        {
            block = _block ?? throw cursor.Fault(OracleFaultKind.ContinueWithoutBlock, cursor.RecordStart, "CONTINUE");
        }
        else
        {
            ReadOnlySpan<byte> name = cursor.Str8();
            block = ram.Find(name) ?? throw cursor.Fault(OracleFaultKind.UnknownRamBlock, start, ByteCursor.Text(name));
        }

        if (RamSection.IsIgnored(block.Model, capabilities))
            throw cursor.Fault(OracleFaultKind.IgnoredRamBlock, start, block.Name);
        if (offset >= (ulong)block.UsedLength)
            throw cursor.Fault(OracleFaultKind.IllegalRamOffset, cursor.RecordStart, $"{block.Name} 0x{offset:x}");

        _block = block;
        return block;
    }
}
