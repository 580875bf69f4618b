using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in postcopy up to its first pause: its commands, discarded pages, placement, and requests of the guest.</summary>
internal static class PostcopyBugs
{
    private const string Commands = "src/Qemu.Migration.Destination/Loading/PostcopyCommands.cs";
    private const string Sections = "src/Qemu.Migration.Destination/Loading/SectionLoader.cs";
    private const string Loop = "src/Qemu.Migration.Destination/Loading/SectionLoop.cs";
    private const string Loader = "src/Qemu.Migration.Destination/Postcopy/PostcopyRamLoader.cs";
    private const string Reader = "src/Qemu.Migration.Destination/Postcopy/PostcopyRamReader.cs";
    private const string Faults = "src/Qemu.Migration.Destination/Postcopy/PageFaults.cs";
    private const string Cpu = "src/Qemu.Migration.Destination/Postcopy/GuestCpu.cs";
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.Postcopy.cs";
    private const string ReturnPath = "src/Qemu.Migration.Destination/ReturnPath/ReturnPathWriter.cs";
    private const string Session = "src/Qemu.Migration.Destination/Session/MigrationSession.Postcopy.cs";
    private const string Introduction = "src/Qemu.Migration.Destination/Session/Introduction.cs";
    private const string Message = "src/Qemu.Migration.Wire/ReturnPathMessage.cs";

    public static PlantedBug[] All { get; } =
    [
        .. OfCommands,
        .. OfPages,
        .. OfRequests,
    ];

    private static PlantedBug[] OfCommands =>
    [
        Bug(Commands, "listen-falls-back-to-discard", "L2", "LISTEN straight after ADVISE leaves the state at Discarding",
            "_postcopy.State = PostcopyState.Listening;",
            "_postcopy.State = _postcopy.State == PostcopyState.Advised ? PostcopyState.Discarding : PostcopyState.Listening;"),
        Bug(Commands, "discard-before-the-range-is-checked", "L4", "pages are thrown away before their range is held against the block",
            "(ulong start, ulong length) = discard[i];",
            """
            (ulong start, ulong length) = discard[i];
                        if (start < end)
                            Discard(block, (long)start, (long)Math.Min(length, end - start));
            """),
        Bug(Commands, "discard-beyond-the-block-ignored", "L4", "a range beyond its block is taken for an empty one",
            "if (start > end || length > end - start || ((start | length) & pageMask) != 0)",
            "if (start > end || length > end - start)\n                continue;\n            if (((start | length) & pageMask) != 0)"),
        Bug(Commands, "discard-unaligned-accepted", "slip", "a range that begins inside a page is rounded down",
            "|| ((start | length) & pageMask) != 0)", ")"),
        Bug(Commands, "discard-while-listening", "9.2 #53", "pages are thrown away though postcopy has begun",
            "if (_postcopy.State is not (PostcopyState.Advised or PostcopyState.Discarding))",
            "if (_postcopy.State is not (PostcopyState.Advised or PostcopyState.Discarding or PostcopyState.Listening))"),
        Bug(Commands, "discard-only-the-first-range", "slip", "of a command's ranges only the first is thrown away",
            "for (int i = 0; i < discard.Count; i++)", "for (int i = 0; i < Math.Min(1, discard.Count); i++)"),
        Bug(Commands, "discard-not-the-twelfth-range", "slip", "the last range of a full command is left out",
            "for (int i = 0; i < discard.Count; i++)", "for (int i = 0; i < Math.Min(11, discard.Count); i++)"),
        Bug(Commands, "discard-one-page-too-few", "slip", "the last page of a range is kept",
            "lengthBytes >> _memory.PageShift));", "Math.Max(0, (lengthBytes >> _memory.PageShift) - 1)));"),
        Bug(Commands, "discard-one-page-too-many", "slip", "the page behind a range is thrown away too",
            "lengthBytes >> _memory.PageShift));",
            "Math.Min((lengthBytes >> _memory.PageShift) + 1, (block.MaxLengthBytes - offset) >> _memory.PageShift)));"),
        Bug(Commands, "discard-not-counted", "C6", "pages that are thrown away stay counted as received",
            "session.State.MainCounters.Discard(\n        _memory.Discard(block, offset >> _memory.PageShift, lengthBytes >> _memory.PageShift));",
            "_memory.Discard(block, offset >> _memory.PageShift, lengthBytes >> _memory.PageShift);"),
        Bug(Commands, "advise-of-other-pages-accepted", "slip", "the sizes of the source's pages are not looked at",
            "if (advice.PageSizes != pageBytes || advice.TargetPageBytes != pageBytes)", "if (advice.TargetPageBytes != pageBytes)"),
        Bug(Commands, "listen-without-advise-accepted", "9.2 #53", "LISTEN is taken though nothing was said of postcopy",
            "if (scope != SectionScope.Package || _postcopy.State is not (PostcopyState.Advised or PostcopyState.Discarding))",
            "if (scope != SectionScope.Package || _postcopy.State > PostcopyState.Discarding)"),
        Bug(Commands, "guest-starts-before-the-package-is-whole", "L19", "the guest starts though bytes of its package are missing",
            "if (await _postcopy.BeforeRun() is { } error)\n            return error;", ""),
        Bug(Loop, "package-without-run-accepted", "L19", "a package may end without RUN, and its stream goes on",
            "return _isWholePackage() ? WithoutRun(_reader.OffsetBytes) :", "return _isWholePackage() ? null :"),
        Bug(Sections, "device-state-while-running", "L20", "a section of device state is loaded while the guest runs",
            "scope == SectionScope.Listen && entry.Handler is not (SectionHandler.Ram or SectionHandler.DirtyBitmap)",
            "scope == SectionScope.Listen && entry.Handler is not (SectionHandler.Ram or SectionHandler.DirtyBitmap or SectionHandler.DeviceState)"),
        Bug(Session, "guest-keeps-its-run-state", "6.3", "the guest gets the run state that it had at the source",
            "_migration.VirtualMachine.Arrive(_load.MigratedGuestSleeps ? RunState.Suspended : RunState.Running);",
            "_migration.VirtualMachine.Arrive(_load.MigratedRunState);"),
        Bug(Session, "postcopy-wakes-the-guest", "6.3", "a guest that sleeps is woken by postcopy",
            "_load.MigratedGuestSleeps ? RunState.Suspended : RunState.Running", "RunState.Running"),
        Bug(Session, "last-cpu-does-not-run", "slip", "the last virtual CPU is not started",
            "for (int i = 0; i < program?.VcpuCount; i++)", "for (int i = 0; i < program?.VcpuCount - 1; i++)"),
    ];

    private static PlantedBug[] OfPages =>
    [
        Bug(Memory, "discard-leaves-the-content", "9.2 #49", "a page that is thrown away keeps its content, and passes for zero",
            "ClearUnlessZero(block, (first & ~63L) + BitOperations.TrailingZeroCount(rest));", "_ = rest;"),
        Bug(Memory, "discard-leaves-the-received-bit", "9.2 #41", "a page that is thrown away stays marked as received",
            "received += BitOperations.PopCount(Interlocked.And(ref arrived, ~bits) & bits);", "received += BitOperations.PopCount(arrived & bits);"),
        Bug(Memory, "discard-counts-what-never-came", "C6", "pages that had not been received count as thrown away",
            "received += BitOperations.PopCount(Interlocked.And(ref arrived, ~bits) & bits);",
            "Interlocked.And(ref arrived, ~bits);\n            received += width;"),
        Bug(Memory, "discard-goes-wrong-behind-a-word", "slip", "a range that goes on behind 64 pages is thrown away at the wrong place",
            "first += width;", "first += 64;"),
        Bug(Memory, "discard-from-the-start-of-the-word", "slip", "a range is thrown away from the first page of its 64 on",
            "(1UL << width) - 1) << shift;", "(1UL << width) - 1);"),
        Bug(Loader, "neighbours-count-as-one", "slip", "of pages that follow each other only the first is counted",
            "received.NormalPages += further + 1;", "received.NormalPages++;"),
        Bug(Loader, "postcopy-zero-pages-not-counted", "C5", "zero pages that come in postcopy are not counted",
            "received.ZeroPages++;", ""),
        Bug(Loader, "postcopy-bytes-without-neighbours", "slip", "bytes of pages that follow each other are not postcopy-bytes",
            "bodyBytes += further * stride;\n            }", "consumed += further * stride;\n            }"),
        Bug(Loader, "delta-taken-for-a-page", "9.2 #25", "a record of another kind counts as a page",
            "if (record.Kind is not (RamFlags.Zero or RamFlags.Page))",
            "if (record.Kind is not (RamFlags.Zero or RamFlags.Page or RamFlags.Xbzrle))"),
        Bug(Loader, "last-page-of-a-block-refused", "slip", "a record for a block's last page is refused in postcopy",
            "if (pageOffset < (ulong)_block.UsedLengthBytes)", "if (pageOffset + (ulong)memory.PageSizeBytes < (ulong)_block.UsedLengthBytes)", BugKind.Hang),
        Bug(Loader, "continue-keeps-the-first-block", "slip", "records go on with the block that was named first",
            "_block = found;", "_block ??= found;"),
        Bug(Reader, "postcopy-pages-not-counted", "C5", "what comes in postcopy is not counted",
            "counters.Add(received, session.State.Phase);", ""),
        Bug(Reader, "postcopy-counted-as-downtime", "slip", "bytes that come while the guest runs are downtime-bytes",
            "counters.Add(received, session.State.Phase);", "counters.Add(received, Statistics.TransferPhase.Downtime);"),
        Bug(Reader, "end-of-part-not-counted", "slip", "the end of a PART is not among postcopy-bytes",
            "if (progress == RamProgress.EndOfSection && countsEos)", "if (progress == RamProgress.EndOfSection && !countsEos)"),
        Bug(Reader, "missing-page-bytes-read-as-zero", "9.2 #50", "a page that a cut connection brought in part is placed as a zero page",
            "return Truncated();",
            """
            {
                                    if (reader.Window.Length > 8 && session.Memory.Blocks.Count == 1)
                                        session.Postcopy.Faults.PlaceZero(session.Memory.Blocks[0], (long)(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(reader.Window) >> 12) % Math.Max(1, session.Memory.Blocks[0].UsedLengthBytes >> 12));
                                    return Truncated();
                                }
            """),
        Bug(Faults, "page-placed-over-the-guest", "L21", "a page that comes again is written over what the guest has made of it",
            "while (i + run < count && !block.Received[first + i + run])", "while (i + run < count)"),
        Bug(Faults, "zero-page-placed-over-the-guest", "L21", "a zero page that comes again is written over what the guest has made of it",
            "if (block.Received[page])\n            {", "if (block.Received[page] && _duplicates < 0)\n            {"),
        Bug(Faults, "dropped-pages-not-counted", "slip", "pages that come again are dropped and not counted",
            "_duplicates += count - placed;", ""),
        Bug(Faults, "only-the-first-page-of-a-run-wakes", "9.2 #58", "who waits for a page that came behind another one waits on",
            "Wake(block, first + i, run);", "Wake(block, first + i, 1);", BugKind.Hang),
        Bug(Faults, "zero-page-wakes-nobody", "slip", "who waits for a page that turns out to be zero waits on",
            "Wake(block, page, 1);\n            return placed;", "return placed;", BugKind.Hang),
        Bug(Faults, "page-placed-after-its-reader-is-woken", "slip", "who waits for a zero page goes on before it is there",
            "int placed = memory.ZeroPage(block, page);\n            Wake(block, page, 1);", "Wake(block, page, 1);\n            int placed = 1;"),
        Bug(Cpu, "stopped-guest-writes", "slip", "a virtual CPU that waited for a page goes on though the guest has been stopped",
            "while (!_virtualMachine.Runs.IsCompleted);\n        return true;", "while (false);\n        return true;", BugKind.Concurrency),
        Bug(Session, "preempt-closed-before-the-last-page", "9.2 #51", "the migration ends though a page that the guest waits for is under way",
            "error ??= await AwaitUrgentAsync();", "", BugKind.Concurrency),
        Bug(Introduction, "urgent-channel-begins-with-a-page-only", "slip", "a channel for urgent pages that begins with a zero page is a stranger's",
            "return record.Flags is RamFlags.Page or RamFlags.Zero &&", "return record.Flags is RamFlags.Page &&"),
    ];

    private static PlantedBug[] OfRequests =>
    [
        Bug(Faults, "page-requested-twice", "slip", "a page that is asked for is asked for again by who touches it next",
            "if (!fault.IsRequested && _returnPath is not null)", "if (_returnPath is not null)"),
        Bug(Faults, "page-not-requested", "9.2 #58", "who finds a page missing waits for it without asking",
            "MarkRequested(fault);\n                asked = _returnPath;", "MarkRequested(fault);"),
        Bug(Faults, "next-page-requested", "slip", "the page behind the one that is missing is asked for",
            "asked.RequestAsync(fault.Block, fault.Page << memory.PageShift, memory.PageSizeBytes);",
            "asked.RequestAsync(fault.Block, (fault.Page + 1) << memory.PageShift, memory.PageSizeBytes);"),
        Bug(Faults, "two-pages-requested", "slip", "two pages are asked for where one is missing",
            "asked.RequestAsync(fault.Block, fault.Page << memory.PageShift, memory.PageSizeBytes);",
            "asked.RequestAsync(fault.Block, fault.Page << memory.PageShift, 2 * memory.PageSizeBytes);"),
        Bug(Faults, "request-for-the-first-block", "slip", "pages of any block are noted as pages of the first",
            "(int Block, long Page) key = (memory.IndexOf(block), page);", "(int Block, long Page) key = (0, page);", BugKind.Hang),
        Bug(Faults, "requests-counted-twice", "slip", "postcopy-requests grows by two",
            "_requests++;", "_requests += 2;"),
        Bug(ReturnPath, "request-names-the-first-block-only", "9.2 #57", "a request for another block does not name it",
            "bool isNamed = block != _lastRequested;", "bool isNamed = _lastRequested is null;"),
        Bug(ReturnPath, "request-always-named", "6.2", "each request names its block",
            "bool isNamed = block != _lastRequested;", "const bool isNamed = true;"),
        Bug(ReturnPath, "requests-mix", "slip", "two requests are written into the same bytes",
            "if (!_isBusy)", "if (!_isBusy || _lastRequested is not null)", BugKind.Concurrency),
        Bug(Message, "request-start-in-wrong-byte-order", "slip", "a request's offset is little-endian",
            "BinaryPrimitives.WriteUInt64BigEndian(destination[HeaderBytes..], Start);",
            "BinaryPrimitives.WriteUInt64LittleEndian(destination[HeaderBytes..], Start);", BugKind.Hang),
    ];
}
