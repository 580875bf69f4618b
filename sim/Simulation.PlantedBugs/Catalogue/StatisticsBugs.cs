using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in counters, times and what <c>query-migrate</c> makes of them: the flaws of the patch as posted among them.</summary>
internal static class StatisticsBugs
{
    private const string State = "src/Qemu.Migration.Destination/MigrationIncomingState.cs";
    private const string Rate = "src/Qemu.Migration.Destination/Statistics/TransferRate.cs";
    private const string Loader = "src/Qemu.Migration.Destination/Loading/RamLoader.cs";
    private const string Section = "src/Qemu.Migration.Destination/Loading/SectionLoader.cs";
    private const string Command = "src/Qemu.Migration.Destination/Loading/CommandLoader.cs";
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.cs";
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";
    private const string Info = "src/Qemu.Migration.Destination/Qapi/MigrationInfo.cs";
    private const string Stats = "src/Qemu.Migration.Destination/Qapi/MigrationStats.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(State, "completed-before-total-time", "T1", "the status says completed before total_time is stored",
            """
            Volatile.Write(ref _final, final);
                    }
                    await _environment.Point("status/publish");
                    Volatile.Write(ref _status, (int)end);
                    _environment.Trace.StatusChanged(before, end);
            """,
            """
            Volatile.Write(ref _final, final with { TotalTimeNanoseconds = null });
                    }
                    Volatile.Write(ref _status, (int)end);
                    _environment.Trace.StatusChanged(before, end);
                    await _environment.Point("status/publish");
                    Volatile.Write(ref _final, final);
            """, BugKind.Concurrency),
        Bug(State, "completed-before-figures", "T1", "the status says completed before there are final figures",
            """
            Volatile.Write(ref _final, final);
                    }
                    await _environment.Point("status/publish");
                    Volatile.Write(ref _status, (int)end);
            """,
            """
            Volatile.Write(ref _status, (int)end);
                    }
                    await _environment.Point("status/publish");
                    Volatile.Write(ref _final, final);
            """, BugKind.Concurrency),
        Bug(State, "no-total-time-after-failure", "T3", "a migration that failed has a total time of 0",
            "TotalTimeNanoseconds = now - _startTime,", "TotalTimeNanoseconds = status == MigrationStatus.Failed ? 0 : now - _startTime,"),
        Bug(State, "total-time-from-migrate-incoming", "T4", "the total time runs from migrate-incoming on",
            "TotalTimeNanoseconds = now - _startTime,", "TotalTimeNanoseconds = now - _incomingTime,"),
        Bug(State, "start-time-at-setup", "T10", "start_time is that of migrate-incoming",
            "_startTime = Now;", "_startTime = _incomingTime;"),
        Bug(State, "wall-clock", "T6", "times are differences of the wall clock",
            "long ticks = clock.GetTimestamp();", "long ticks = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * (clock.TimestampFrequency / TimeSpan.TicksPerSecond);"),
        Bug(State, "ticks-taken-for-nanoseconds", "slip", "timestamps of a faster clock are taken for nanoseconds",
            "clock.TimestampFrequency == 1_000_000_000", "clock.TimestampFrequency >= 1_000_000_000"),
        Bug(State, "ticks-overflow", "slip", "timestamps are converted in 64 bits, which a host that has been up for seconds overflows",
            "(Int128)ticks * 1_000_000_000", "ticks * 1_000_000_000"),
        Bug(State, "total-time-zero-is-none", "T7", "a total time of 0 is taken for none",
            "TotalTimeNanoseconds = now - _startTime,", "TotalTimeNanoseconds = now == _startTime ? null : now - _startTime,"),
        Bug(State, "total-time-in-32-bits", "slip", "nanoseconds are kept in 32 bits",
            "TotalTimeNanoseconds = now - _startTime,", "TotalTimeNanoseconds = unchecked((uint)(now - _startTime)),"),
        Bug(State, "figures-go-on-after-the-end", "C11", "after the end figures are computed anew for each query",
            "return (status, final ?? Compute(status));",
            "return (status, final is null ? Compute(status) : Compute(status) with { Mbps = final.Mbps });"),
        Bug(State, "no-figures-while-active", "C13", "there are figures only after the end",
            "return (status, final ?? Compute(status));", "return (status, final ?? MigrationStatistics.Empty);"),
        Bug(State, "multifd-not-counted", "C1", "what multifd channels receive is not counted",
            "sum.Add(receiver.Counters);", ""),
        Bug(State, "multifd-bytes-counted-twice", "L18 kin", "bytes of multifd channels are transferred twice",
            "sum.Bytes = main.ConsumedBytes + sum.MultifdBytes + MainCounters.MappedBytes;",
            "sum.Bytes = main.ConsumedBytes + (2 * sum.MultifdBytes) + MainCounters.MappedBytes;"),
        Bug(Receiver, "multifd-initial-packet-not-counted", "9.2 #29", "the first packet of a channel is no transferred bytes",
            "public long Bytes => reader.OffsetBytes;", "public long Bytes => reader.OffsetBytes - MultifdInitialPacket.SizeBytes;"),
        Bug(State, "ignored-blocks-in-total", "C9", "the total includes blocks that do not migrate",
            "long total = _memory.MigratedBytes(_ignoreShared);", "long total = _memory.MigratedBytes(false);"),
        Bug(State, "remaining-from-records", "I4", "what remains is the total less the records received",
            "(received.Unique << _memory.PageShift)),", "(received.Pages << _memory.PageShift)),"),
        Bug(State, "remaining-not-zero-at-the-end", "I4", "the last page that arrived remains",
            "(received.Unique << _memory.PageShift)),", "((received.Unique - 1) << _memory.PageShift)),"),
        Bug(Memory, "every-page-is-a-first-one", "C6", "a page that comes again counts as one more page of RAM",
            "Set(ref Unsafe.Add(ref block.Received.Words, (nint)(page >> 6)), bit) == 0 ? 1 : 0;",
            "Set(ref Unsafe.Add(ref block.Received.Words, (nint)(page >> 6)), bit) == 0 ? 1 : 1;"),
        Bug(Loader, "truncated-page-counted", "C7", "a page counts before it is whole",
            "if (left - body < pageSize)\n                {\n                    progress = Need(body + pageSize);",
            "if (left - body < pageSize)\n                {\n                    received.NormalPages++;\n                    progress = Need(body + pageSize);"),
        Bug(Loader, "bad-zero-page-counted", "C7", "a zero page counts before its fill is looked at",
            "byte fill = Unsafe.Add(ref record, body);", "byte fill = Unsafe.Add(ref record, body);\n                    received.ZeroPages++;"),
        Bug(Loader, "xbzrle-counted-as-normal", "C8", "deltas count as normal pages too",
            "received.XbzrlePages++;", "received.XbzrlePages++;\n        received.NormalPages++;"),
        Bug(Loader, "xbzrle-pages-not-counted", "C8", "deltas are not counted",
            "received.XbzrlePages++;", ""),
        Bug(Loader, "xbzrle-bytes-with-headers", "C8", "bytes of deltas include their record headers",
            "received.XbzrleBytes += body - RamFlags.HeaderBytes;", "received.XbzrleBytes += body;"),
        Bug(Loader, "zero-pages-counted-as-normal", "9.2 #28", "zero pages count as normal ones",
            "received.ZeroPages++;", "received.NormalPages++;"),
        Bug(Loader, "record-names-not-counted", "slip", "names of blocks are no RAM bytes",
            "received.RecordBytes += body;", "received.RecordBytes += body - ((flags & RamFlags.Continue) == 0 ? 1 + block.Utf8Name.Length : 0);"),
        Bug(Section, "eos-counted-once-too-often", "slip", "the end of each section counts as RAM bytes, of START and END too",
            "if (progress == RamProgress.EndOfSection && type == SectionType.Part)", "if (progress == RamProgress.EndOfSection)"),
        Bug(Section, "counted-before-consumed", "C12", "between two looks pages are counted whose bytes are not",
            "_reader.Advance(consumed);\n            _state.MainCounters.Add(received, _state.Phase);",
            "_state.MainCounters.Add(received, _state.Phase);\n            await _environment.Point(\"ram/counted\");\n            _reader.Advance(consumed);",
            BugKind.Concurrency),
        Bug(Section, "downtime-from-the-start", "slip", "precopy and downtime bytes are exchanged",
            "_state.MainCounters.Add(received, _state.Phase);", "_state.MainCounters.Add(received, _state.Phase == TransferPhase.Precopy ? TransferPhase.Downtime : TransferPhase.Precopy);"),
        Bug(Command, "switchover-not-noted", "slip", "bytes after the switchover count as precopy",
            "session.State.SwitchOver();", ""),
        Bug(Stats, "normal-bytes-are-pages", "slip", "normal-bytes is the number of pages",
            "NormalBytes = figures.NormalPages * figures.PageSizeBytes,", "NormalBytes = figures.NormalPages,"),
        Bug(Stats, "duplicate-and-normal-exchanged", "slip", "duplicate and normal are exchanged",
            "Duplicate = figures.ZeroPages,", "Duplicate = figures.NormalPages,"),
        Bug(Info, "setup-time-while-unknown", "I3", "setup-time is 0 while it is not known",
            "SetupTime = figures.SetupTimeMilliseconds,", "SetupTime = figures.SetupTimeMilliseconds ?? 0,"),
        Bug(Info, "no-error-description", "slip", "a failed migration does not say why",
            "ErrorDesc = status == MigrationStatus.Failed ? state.Error?.Message : null,", "ErrorDesc = null,"),
        Bug(Info, "ram-only-when-completed", "C13", "ram is there only after completion",
            "Ram = begun ?", "Ram = begun && status == MigrationStatus.Completed ?"),
        Bug(State, "figures-gone-during-teardown", "issue 5", "the figures are gone between teardown and their last look",
            "await _environment.Point(\"statistics/store\");", "_main = null;\n        await _environment.Point(\"statistics/store\");",
            BugKind.Concurrency),
        Bug(State, "mbps-in-bytes", "slip", "the throughput is in megabytes", "Mbps = mbps,", "Mbps = mbps / 8,"),
        Bug(State, "remaining-falls-with-each-record", "8.5", "while pages come, a page that comes twice is taken off what remains twice",
            "RemainingBytes = Math.Max(0, total - (received.Unique << _memory.PageShift)),",
            "RemainingBytes = Math.Max(0, total - ((status.IsTerminal() ? received.Unique : received.Pages) << _memory.PageShift)),"),
        Bug(State, "rates-of-the-whole-run", "8.5", "rates look back to the start, not a second",
            "var (mbps, pagesPerSecond) = status.IsTerminal()", "var (mbps, pagesPerSecond) = status >= MigrationStatus.Active"),
        Bug(Rate, "rates-of-half-a-second", "8.5", "rates look back half a second",
            "timeNanoseconds - begin.Time < WindowNanoseconds", "timeNanoseconds - begin.Time < WindowNanoseconds / 2"),
        Bug(Rate, "rates-stretch-over-a-pause", "8.5", "behind a pause rates are those of the pause too",
            "begin.IsBeforePause ? Math.Min(elapsed, WindowNanoseconds) : elapsed", "elapsed"),
        Bug(State, "channels-counted-in-the-end", "8.5", "what came on channels shows when the migration has ended",
            "if (_multifd is { } multifd)", "if (_multifd is { } multifd && _outcomeDecided)"),
    ];
}
