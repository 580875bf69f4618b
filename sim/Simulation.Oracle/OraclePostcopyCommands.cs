using System.Buffers.Binary;

namespace Simulation.Oracle;

/// <summary>The commands of postcopy (stream reference, section 6.3).</summary>
internal sealed class OraclePostcopyCommands(
    ByteCursor cursor, Capabilities capabilities, OracleRam ram, OracleMachine machine, PostcopyProgress progress, ReturnPathLog returnPath)
{
    private const ushort ReceivedBitmapMessage = 5;
    private const ushort ResumeAckMessage = 6;
    private const int RangeSize = 16;

    /// <summary>POSTCOPY_ADVISE: <c>nothing</c>, or <c>u64 all block page sizes   u64 target page size</c>.</summary>
    public void Advise(ushort length)
    {
        const int WithRam = 16;
        if (progress.Phase != OraclePostcopyPhase.None)
            throw OutOfState("POSTCOPY_ADVISE");
        if (length is not (0 or WithRam))
            throw cursor.Fault(OracleFaultKind.CommandLength, cursor.RecordStart + 3, $"POSTCOPY_ADVISE, length {length}");
        if (length == WithRam && !capabilities.PostcopyRam)
            throw cursor.Fault(OracleFaultKind.PostcopyUnsupported, cursor.RecordStart, "POSTCOPY_ADVISE");
        if (length == 0 && capabilities.PostcopyRam)
            throw cursor.Fault(OracleFaultKind.AdviseWithoutPageSizes, cursor.RecordStart, "POSTCOPY_ADVISE");

        if (length == WithRam)
        {
            JudgePageSizes();
            progress.IsOfRam = true;
            foreach (OracleRamBlock block in ram.Blocks)
            {
                if (block.Model.Migratable)
                    block.ForgetAll();
            }
        }

        progress.Phase = OraclePostcopyPhase.Advised;
    }

    /// <summary>POSTCOPY_RAM_DISCARD: <c>u8 0   str8 block   u8 0   { u64 start, u64 length }*</c>.</summary>
    public void Discard(ushort length)
    {
        const int Shortest = 20;
        if (progress.Phase is not (OraclePostcopyPhase.Advised or OraclePostcopyPhase.Discarding))
            throw OutOfState("POSTCOPY_RAM_DISCARD");
        if (length < Shortest)
            throw cursor.Fault(OracleFaultKind.CommandLength, cursor.RecordStart + 3, $"POSTCOPY_RAM_DISCARD, length {length}");

        // The whole payload is read before it is checked.
        progress.Phase = OraclePostcopyPhase.Discarding;
        long start = cursor.Position;
        ReadOnlySpan<byte> payload = cursor.Take(length);
        int nameLength = payload[1];
        bool hasRanges = 2 + nameLength < length && payload[2 + nameLength] == 0 && (length - 3 - nameLength) % RangeSize == 0;
        if (payload[0] != 0 || !hasRanges)
            throw cursor.Fault(OracleFaultKind.DiscardMalformed, start, Convert.ToHexString(payload[..Shortest]));
        ReadOnlySpan<byte> name = ByteCursor.UpToNul(payload.Slice(2, nameLength));
        OracleRamBlock block = ram.Find(name)
            ?? throw cursor.Fault(OracleFaultKind.UnknownRamBlock, start + 1, ByteCursor.Text(name));
        if (!block.Model.Migratable)
            throw cursor.Fault(OracleFaultKind.IgnoredRamBlock, start + 1, block.Name);
        for (int at = 3 + nameLength; at < length; at += RangeSize)
        {
            DiscardRange(
                block, start + at, BinaryPrimitives.ReadUInt64BigEndian(payload[at..]),
                BinaryPrimitives.ReadUInt64BigEndian(payload[(at + 8)..]));
        }
    }

    /// <summary>POSTCOPY_LISTEN: from here on pages are placed one by one.</summary>
    public void Listen()
    {
        // Only valid in a package: otherwise two readers would share this connection.
        if (progress.Phase is not (OraclePostcopyPhase.Advised or OraclePostcopyPhase.Discarding) || !progress.IsInPackage)
            throw OutOfState("POSTCOPY_LISTEN");

        progress.Phase = OraclePostcopyPhase.Listening;
        progress.ListenedAt = cursor.Position;
    }

    /// <summary>POSTCOPY_RUN: the guest runs, once the whole package has come.</summary>
    public void Run()
    {
        if (progress.Phase != OraclePostcopyPhase.Listening)
            throw OutOfState("POSTCOPY_RUN");

        cursor.Take(cursor.LeftInPackage);
        progress.Phase = OraclePostcopyPhase.Running;
        progress.RanAt = cursor.Position;
    }

    /// <summary>POSTCOPY_RESUME: outside recovery it only draws a warning.</summary>
    public void Resume()
    {
        if (!progress.IsRecovering)
            return;
        progress.IsRecovering = false;
        progress.ResumedAt[^1] = cursor.Position;
        returnPath.Add(ResumeAckMessage, 1);
    }

    /// <summary>RECV_BITMAP: <c>str8 block</c>. Outside recovery it is judged but not answered.</summary>
    public void ReceivedBitmap(ushort length)
    {
        // The name is read whole before the length is held against it; one that is empty is none (section 1.2).
        long start = cursor.Position;
        ReadOnlySpan<byte> name = cursor.Str8();
        if (cursor.Position == start + 1 || cursor.Position != start + length)
            throw cursor.Fault(OracleFaultKind.CommandLength, start, $"RECV_BITMAP, length {length}");
        OracleRamBlock block = ram.Find(name) ?? throw cursor.Fault(OracleFaultKind.UnknownRamBlock, start, ByteCursor.Text(name));
        if (progress.IsRecovering)
            returnPath.Add(ReceivedBitmapMessage, null, block);
    }

    /// <summary>PACKAGED: <c>u32 length</c>, and behind the command that many bytes.</summary>
    /// <returns>The length of the package, bytes.</returns>
    public long Package()
    {
        if (progress.IsInPackage || progress.HasRun)
            throw OutOfState("PACKAGED");
        return progress.PackageBytes = cursor.U32();
    }

    private OracleFaultException OutOfState(string command) =>
        cursor.Fault(OracleFaultKind.CommandOutOfState, cursor.RecordStart, $"{command} when {progress.Phase}");

    private void JudgePageSizes()
    {
        ulong own = 0;
        foreach (OracleBlock block in machine.Blocks)
            own |= RamSection.IsIgnored(block, capabilities) ? 0 : (ulong)block.BackingPageSize;
        long start = cursor.Position;
        ulong blocks = cursor.U64();
        ulong target = cursor.U64();
        own = own == 0 ? (ulong)machine.PageSize : own;
        if (blocks != own || target != (ulong)machine.PageSize)
            throw cursor.Fault(OracleFaultKind.AdvisePageSizes, start, $"0x{blocks:x} and 0x{target:x}");
    }

    // Check the range against the block before clearing any page (L4).
    private void DiscardRange(OracleRamBlock block, long at, ulong start, ulong length)
    {
        ulong mask = (ulong)block.Model.BackingPageSize - 1;
        bool fits = start <= (ulong)block.UsedLength && length <= (ulong)block.UsedLength - start;
        if (!fits || (start & mask) != 0 || (length & mask) != 0)
            throw cursor.Fault(OracleFaultKind.DiscardRange, at, $"{block.Name} 0x{start:x}+0x{length:x}");
        for (ulong offset = start; offset < start + length; offset += (ulong)machine.PageSize)
            progress.PagesDiscarded += block.Discard(offset) ? 1 : 0;
    }
}
