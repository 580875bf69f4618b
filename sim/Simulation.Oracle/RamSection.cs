using System.Numerics;

namespace Simulation.Oracle;

/// <summary>Reads the records of the <c>ram</c> section (stream reference, sections 2 and 3).</summary>
/// <remarks>
/// <code>
/// u64 offset | flags   [str8 block unless CONTINUE]   body by flag:
///   ZERO  u8 fill = 0          PAGE  page bytes         XBZRLE  u8 1, u16 length, length bytes
///   MEM_SIZE  { str8 block, u64 length [, u64 page size] [, u64 gpa] [, mapped-ram header] }*
///   EOS, FLUSH, HOOK  nothing
/// </code>
/// </remarks>
internal sealed class RamSection(
    ByteCursor cursor, OracleInput input, Capabilities capabilities, OracleRam ram, RecordLog records, OracleMultifdReceiver? multifd,
    CommandReader commands, LastBlock last)
{
    private const ulong PageFlags = WireFormat.RamZero | WireFormat.RamPage | WireFormat.RamXbzrle;
    private readonly OracleMachine _machine = input.Machine;
    private readonly ulong _flagMask = (ulong)input.Machine.PageSize - 1;

    private bool _isPart;

    // A source without pages sends no FLUSH.
    private bool HasPages => ram.Blocks.Any(block => block.UsedLength > 0 && !IsIgnored(block.Model, capabilities));

    private bool _hasBlocks;
    private bool _hasFlushed;

    public RecordLog Records => records;

    public long MappedPages { get; private set; }

    /// <summary>Where the last block list that was read whole ends; null before.</summary>
    public long? BlockListEnd { get; private set; }

    private OracleRamBlock.Write MainWrite => new(multifd?.Epoch ?? 1, 0);

    /// <summary>Reads records up to EOS.</summary>
    /// <param name="isPart">Whether they stand in a PART section.</param>
    /// <returns>Number of records, EOS included.</returns>
    public int Read(bool isPart)
    {
        _isPart = isPart;
        int count = 0;
        ulong flags;
        do
        {
            cursor.BeginRecord();
            ulong header = cursor.U64();
            flags = header & _flagMask;
            ReadRecord(header & ~_flagMask, flags);
            count++;
        }
        while ((flags & ~WireFormat.RamContinue) != WireFormat.RamEos);

        return count;
    }

    private void ReadRecord(ulong offset, ulong flags)
    {
        const ulong NotInMappedRam = PageFlags | WireFormat.RamHook | WireFormat.RamMultifdFlush;
        if (capabilities.MappedRam && (flags & NotInMappedRam) != 0)
            throw cursor.Fault(OracleFaultKind.UnexpectedRamFlags, cursor.RecordStart, $"0x{flags:x}");

        // QEMU looks the block up before it finds that the flags are nonsense: the outcome is the same, and known sooner.
        if ((flags & PageFlags) != 0
            && (flags & ~WireFormat.RamContinue) is not (WireFormat.RamZero or WireFormat.RamPage or WireFormat.RamXbzrle))
            throw cursor.Fault(OracleFaultKind.UnknownRamFlags, cursor.RecordStart, $"0x{flags:x}");

        OracleRamBlock? block = (flags & PageFlags) != 0
            ? last.Read(cursor, ram, capabilities, offset, (flags & WireFormat.RamContinue) != 0) : null;
        switch (flags & ~WireFormat.RamContinue)
        {
            case WireFormat.RamMemSize:
                ReadMemSize(offset);
                BlockListEnd = cursor.Position;
                _hasBlocks = true;
                break;
            case WireFormat.RamZero:
                ReadZero(block!, offset);
                break;
            case WireFormat.RamPage:
                block!.Set(offset, cursor.TakeMemory((uint)_machine.PageSize));
                Note(block, offset);
                Records.AddNormal(cursor.Position);
                break;
            case WireFormat.RamXbzrle:
                ReadXbzrle(block!, offset);
                break;
            case WireFormat.RamMultifdFlush:
                _hasFlushed = true;
                if (_machine.MultifdFlushAfterEachSection && multifd is not null)
                    throw cursor.Fault(
                        OracleFaultKind.MultifdFlushMismatch, cursor.RecordStart, "FLUSH at a legacy destination");
                multifd?.Synchronise(cursor);
                if (multifd is not null)
                    EndRound();
                break;
            case WireFormat.RamEos:
                if (_machine.MultifdFlushAfterEachSection)
                    multifd?.Synchronise(cursor);
                if (multifd is not null && !_machine.MultifdFlushAfterEachSection && _hasBlocks && !_hasFlushed)
                    throw cursor.Fault(OracleFaultKind.MultifdFlushMismatch, cursor.RecordStart, "no FLUSH at a modern destination");
                if (multifd is null || _machine.MultifdFlushAfterEachSection || !HasPages)
                    EndRound();
                break;
            case WireFormat.RamHook:
                break;
            default:
                throw cursor.Fault(OracleFaultKind.UnknownRamFlags, cursor.RecordStart, $"0x{flags:x}");
        }
    }

    private void Note(OracleRamBlock block, ulong offset)
    {
        if (block.MarkReceived(offset, MainWrite))
            Records.AddFirst(cursor.Position);
    }

    // With multifd a round ends at the sync barrier. Only there the pages do not depend on timing.
    private void EndRound()
    {
        if (!_isPart)
            return;
        long pages = PagesOf(records);
        foreach (RecordLog log in multifd?.Records ?? [])
            pages += PagesOf(log);
        commands.EndRound(pages);
    }

    private static long PagesOf(RecordLog log) => log.Total.Normal + log.Total.Zero + log.Total.Xbzrle;

    /// <summary>Whether a block's pages must not travel (section 2.2).</summary>
    public static bool IsIgnored(OracleBlock block, Capabilities capabilities) =>
        !block.Migratable || (block.Shared && capabilities.IgnoreShared);

    private void ReadZero(OracleRamBlock block, ulong offset)
    {
        byte fill = cursor.U8();
        if (fill != 0)
            throw cursor.Fault(OracleFaultKind.NonZeroFill, cursor.Position - 1, $"{fill}");

        block.SetZero(offset);
        Note(block, offset);
        Records.AddZero(cursor.Position);
    }

    private void ReadXbzrle(OracleRamBlock block, ulong offset)
    {
        long start = cursor.Position;
        byte encoding = cursor.U8();
        ushort length = cursor.U16();
        if (encoding != WireFormat.XbzrleEncoding)
            throw cursor.Fault(OracleFaultKind.XbzrleEncoding, start, $"{encoding}");
        if (length > _machine.PageSize)
            throw cursor.Fault(OracleFaultKind.XbzrleLength, start + 1, $"{length}");

        if (!OracleXbzrle.TryApply(cursor.Take(length), block.Writable(offset)))
        {
            // The bytes that an invalid delta has changed are undefined.
            block.MarkUndefined(offset);
            throw cursor.Fault(OracleFaultKind.XbzrleDecode, start + 3, $"{length} bytes");
        }

        Note(block, offset);
        Records.AddXbzrle(cursor.Position, cursor.Position - cursor.RecordStart - sizeof(ulong));
    }

    private void ReadMemSize(ulong total)
    {
        // QEMU does not check this difference for underflow and reads on (section 2.3). It always fails later.
        for (ulong remaining = total; remaining != 0;)
        {
            long start = cursor.Position;
            ReadOnlySpan<byte> name = cursor.Str8();
            ulong length = cursor.U64();
            OracleRamBlock block = ram.Find(name)
                ?? throw cursor.Fault(OracleFaultKind.MemSizeUnknownBlock, start, ByteCursor.Text(name));
            JudgeBlockEntry(block, length, start);
            if (length > remaining)
                throw cursor.Fault(OracleFaultKind.MemSizeTotalMismatch, start, $"{block.Name} 0x{length:x}, left 0x{remaining:x}");
            remaining -= length;
            if (capabilities.MappedRam)
                MappedPages += MappedRam.Read(cursor, block, _machine.PageSize, IsIgnored(block.Model, capabilities));
            else
                ReadBackingPageSize(block.Model);
        }
    }

    private void JudgeBlockEntry(OracleRamBlock block, ulong length, long start)
    {
        if (capabilities.IgnoreShared)
        {
            ulong address = cursor.U64();
            if (IsIgnored(block.Model, capabilities) && address != block.Model.GuestPhysicalAddress)
                throw cursor.Fault(
                    OracleFaultKind.MemSizeAddressMismatch, cursor.Position - 8, $"{block.Name} 0x{address:x}");
        }

        // In a mapped-ram file this length decides where pages are, so it must equal the block's length exactly (L15).
        if (capabilities.MappedRam)
        {
            if (length != (ulong)block.UsedLength)
                throw cursor.Fault(
                    OracleFaultKind.MemSizeLengthMismatch, start, $"{block.Name} 0x{length:x}, local 0x{block.UsedLength:x}");
            return;
        }

        if (!block.Model.Migratable)
            throw cursor.Fault(OracleFaultKind.MemSizeBlockNotMigratable, start, block.Name);

        Resize(block, length, start);
    }

    /// <summary>
    /// The wire length, rounded up to pages, must be the block's own, or one that a resizable block can take on.
    /// </summary>
    private void Resize(OracleRamBlock block, ulong length, long start)
    {
        // A length so large that rounding wraps to 0 kills QEMU 10.0.2; it fits nothing.
        ulong rounded = unchecked(length + _flagMask) & ~_flagMask;
        bool fits = rounded >= length
            && (rounded == (ulong)block.UsedLength
                || (block.Model.Resizable && rounded <= (ulong)block.Model.MaxLength));
        if (!fits)
            throw cursor.Fault(
                OracleFaultKind.MemSizeLengthMismatch, start,
                $"{block.Name} 0x{length:x}, local 0x{block.UsedLength:x}");

        block.UsedLength = (long)rounded;
    }

    private void ReadBackingPageSize(OracleBlock block)
    {
        if (!capabilities.PostcopyRam || block.BackingPageSize == Math.Max(_machine.HostPageSize, _machine.PageSize))
            return;

        ulong pageSize = cursor.U64();
        if (pageSize != (ulong)block.BackingPageSize)
            throw cursor.Fault(
                OracleFaultKind.MemSizePageSizeMismatch, cursor.Position - 8, $"{block.Name} 0x{pageSize:x}");
    }
}
