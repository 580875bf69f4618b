using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in how postcopy is paused, recovered and ended, and in what is counted of it.</summary>
internal static class PostcopyRecoveryBugs
{
    private const string Commands = "src/Qemu.Migration.Destination/Loading/PostcopyCommands.cs";
    private const string Faults = "src/Qemu.Migration.Destination/Postcopy/PageFaults.cs";
    private const string ReturnPath = "src/Qemu.Migration.Destination/ReturnPath/ReturnPathWriter.cs";
    private const string Session = "src/Qemu.Migration.Destination/Session/MigrationSession.Postcopy.cs";
    private const string Stream = "src/Qemu.Migration.Destination/Session/MigrationSession.Stream.cs";
    private const string Introduction = "src/Qemu.Migration.Destination/Session/Introduction.cs";
    private const string State = "src/Qemu.Migration.Destination/MigrationIncomingState.cs";
    private const string Later = "src/Qemu.Migration.Destination/MigrationIncomingState.Postcopy.cs";
    private const string Pauses = "src/Qemu.Migration.Destination/Statistics/PauseTime.cs";
    private const string Counters = "src/Qemu.Migration.Destination/Statistics/ReceiveCounters.cs";
    private const string BlockTime = "src/Qemu.Migration.Destination/Postcopy/BlockTime.cs";
    private const string Incoming = "src/Qemu.Migration.Destination/IncomingMigration.cs";
    private const string MigrationCommands = "src/Qemu.Migration.Destination/Qapi/Commands/MigrationCommands.cs";
    private const string Info = "src/Qemu.Migration.Destination/Qapi/MigrationInfo.cs";

    public static PlantedBug[] All { get; } =
    [
        .. OfRecovery,
        .. OfBitmaps,
        .. OfFigures,
    ];

    private static PlantedBug[] OfRecovery =>
    [
        Bug(Faults, "requests-forgotten-by-recovery", "9.2 #58", "what was asked for is not asked for again after a recovery",
            "foreach (Fault fault in _faults.Values)\n                fault.IsRequested = false;", "", BugKind.Hang),
        Bug(Faults, "requests-not-sent-again", "9.2 #58", "pages that are waited for are marked as asked for, and not asked for",
            "foreach (Fault fault in waited)\n            await RequestAsync(returnPath, fault);", "", BugKind.Hang),
        Bug(Faults, "one-request-sent-again", "9.2 #58", "of the pages that are waited for one is asked for again",
            "waited = [.. _faults.Values.Where(fault => !fault.IsRequested)];", "waited = [.. _faults.Values.Where(fault => !fault.IsRequested).Take(1)];",
            BugKind.Hang),
        Bug(Faults, "pause-forgets-who-waits", "9.2 #58", "a pause wakes who waits for a page, and the page is not there",
            "_returnPath = null;\n            foreach (Fault fault in _faults.Values)\n                fault.IsRequested = false;",
            "_returnPath = null;\n            WakeAll();"),
        Bug(ReturnPath, "last-requested-block-outlives-the-connection", "9.2 #57", "the first request after a recovery names no block",
            "private RamBlock? _lastRequested;",
            """
            private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<DestinationEnvironment, RamBlock?[]> s_last = [];
                private RamBlock? _lastRequested
                {
                    get => s_last.GetValue(environment, _ => new RamBlock?[1])[0];
                    set => s_last.GetValue(environment, _ => new RamBlock?[1])[0] = value;
                }
            """),
        Bug(Session, "answers-go-to-the-old-connection", "9.2 #59", "a source that has come back is answered on its old connection",
            "_load.ReturnPath = new(main.Channel, _environment);", "_load.ReturnPath ??= new(main.Channel, _environment);", BugKind.Hang),
        Bug(Session, "second-loss-is-no-pause", "9.2 #59", "a connection that is lost in a recovery is not noticed",
            "case (Serving, SourceLost lost):", "case (Running, SourceLost lost):", BugKind.Hang),
        Bug(Session, "resume-not-acknowledged", "6.5", "a source that says RESUME is not answered",
            "await _load.ReturnPath!.ResumeAckAsync();", "", BugKind.Hang),
        Bug(Session, "paused-before-the-connection-is-left", "slip", "the status says paused while a connection is under way",
            "main.Channel.Shutdown();\n        Faults.Disconnect();\n", "", BugKind.Concurrency),
        Bug(Session, "loss-of-the-urgent-channel-ignored", "slip", "the channel for urgent pages is lost, and nothing is done about it",
            "if (error is not null && !serving.IsEnding)", "if (error is not null && serving.IsEnding)", BugKind.Hang),
        Bug(Stream, "lost-source-fails-a-running-guest", "9.2 #53", "a guest that runs here is said to have failed when its source is lost",
            "if (_load.Postcopy.State == PostcopyState.Running)", "if (_load.Postcopy.State == PostcopyState.Running && error is null)", BugKind.Hang),
        Bug(Stream, "failure-before-run-is-a-pause", "9.2 #53", "what goes wrong between LISTEN and RUN pauses a guest that has not started",
            "if (_load.Postcopy.State == PostcopyState.Running)", "if (_load.Postcopy.State is PostcopyState.Listening or PostcopyState.Running)",
            BugKind.Hang),
        Bug(Stream, "no-shut-after-postcopy", "L11", "the source is not told that all pages are there",
            "await EndAsync(null, _load.ReturnPath, null);", "await EndAsync(null, null, null);"),
        Bug(Introduction, "recovery-by-anybody", "L5", "whoever sends a command while postcopy is paused is the source",
            "(SectionType)window[0] == SectionType.Command\n        &&", "(SectionType)window[0] != SectionType.Eof\n        ||"),
        Bug(Commands, "resume-before-the-bitmaps", "9.2 #59", "of several blocks only the first one's bitmap is answered",
            "if (_postcopy.IsRecovering)\n            await session.ReturnPath!.RecvBitmapAsync(block, block.UsedLengthBytes >> _memory.PageShift);",
            "if (_postcopy.IsRecovering && block == _memory.Blocks[0])\n            await session.ReturnPath!.RecvBitmapAsync(block, block.UsedLengthBytes >> _memory.PageShift);",
            BugKind.Hang),
        Bug(Incoming, "pause-at-any-time", "9.2 #53", "migrate-pause ends a migration that is not in postcopy",
            "if (State.Status is not (MigrationStatus.PostcopyActive or MigrationStatus.PostcopyRecover))",
            "if (State.Status is MigrationStatus.None or MigrationStatus.PostcopyPaused)"),
        Bug(MigrationCommands, "recover-at-any-time", "9.2 #59", "migrate-recover opens another address though nothing is paused",
            "private static QmpError? Recover(QmpCall call) => call.Host.Migration?.State.Status == MigrationStatus.PostcopyPaused",
            "private static QmpError? Recover(QmpCall call) => call.Host.Migration?.State.Status > MigrationStatus.Active"),
    ];

    private static PlantedBug[] OfBitmaps =>
    [
        Bug(Commands, "bitmap-of-the-longest-length", "9.2 #60", "the bitmap of a block that can grow has bits for pages that it has not",
            "await session.ReturnPath!.RecvBitmapAsync(block, block.UsedLengthBytes >> _memory.PageShift);",
            "await session.ReturnPath!.RecvBitmapAsync(block, block.MaxLengthBytes >> _memory.PageShift);", BugKind.Hang),
        Bug(ReturnPath, "bitmap-in-wrong-byte-order", "slip", "the bitmap of received pages is big-endian",
            "BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(used), bitmap.AllWords[(int)word]);",
            "BinaryPrimitives.WriteUInt64BigEndian(buffer.AsSpan(used), bitmap.AllWords[(int)word]);"),
        Bug(ReturnPath, "bitmap-without-its-last-word", "slip", "the bitmap leaves out the last pages of a block that is no multiple of 64 pages",
            "await WriteBitmapAsync(block.Received, (pageCount + 63) / 64);", "await WriteBitmapAsync(block.Received, pageCount / 64);", BugKind.Hang),
        Bug(ReturnPath, "bitmap-says-what-is-missing", "slip", "the bitmap has a 1 for each page that is missing",
            "bitmap.AllWords[(int)word]);", "~bitmap.AllWords[(int)word]);"),
        Bug(ReturnPath, "bitmap-size-in-words", "slip", "the size before the bitmap counts words",
            "BinaryPrimitives.WriteInt64BigEndian(buffer, words * sizeof(ulong));", "BinaryPrimitives.WriteInt64BigEndian(buffer, words);", BugKind.Hang),
        Bug(ReturnPath, "bitmap-end-mark-in-wrong-byte-order", "slip", "the mark behind the bitmap is little-endian",
            "BinaryPrimitives.WriteUInt64BigEndian(buffer.AsSpan(used), RecoveryBitmap.EndMark);",
            "BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(used), RecoveryBitmap.EndMark);", BugKind.Hang),
    ];

    private static PlantedBug[] OfFigures =>
    [
        Bug(State, "no-total-time-after-postcopy", "T2", "a migration that ends in postcopy has a total time of 0",
            "TotalTimeNanoseconds = now - _startTime,", "TotalTimeNanoseconds = _faults is not null && status.IsTerminal() ? 0 : now - _startTime,"),
        Bug(State, "rates-include-pauses", "T8", "rates are made of the whole time, also that without a source",
            "TransferRate.Over(now - _startTime - paused,", "TransferRate.Over(now - _startTime,"),
        Bug(State, "pauses-taken-from-total-time", "T8", "the total time is without the time that postcopy was paused",
            "TotalTimeNanoseconds = now - _startTime,", "TotalTimeNanoseconds = now - _startTime - paused,"),
        Bug(Pauses, "pause-begins-again-in-a-recovery", "T8", "a recovery that is lost begins the pause anew",
            "_since ??= nowNanoseconds;", "_since = nowNanoseconds;"),
        Bug(Pauses, "only-the-last-pause-counts", "T8", "of several pauses the last one counts",
            "_past += nowNanoseconds - (_since ?? nowNanoseconds);", "_past = nowNanoseconds - (_since ?? nowNanoseconds);"),
        Bug(Later, "recoveries-counted-twice", "9.2 #59", "a recovery counts when it begins and when it ends",
            "_pauses.End(Now);", "Interlocked.Increment(ref _recoveries);\n        _pauses.End(Now);"),
        Bug(Later, "recoveries-not-counted", "9.2 #72", "recoveries are not counted",
            "Interlocked.Increment(ref _recoveries);", ""),
        Bug(Later, "pause-not-told", "slip", "the status goes to paused and nobody is told",
            "_environment.Trace.StatusChanged(from, to);", "if (to != MigrationStatus.PostcopyPaused)\n            _environment.Trace.StatusChanged(from, to);"),
        Bug(Later, "postcopy-not-told", "9.2 #68", "the migration stays active though the guest runs here",
            "SwitchOver();\n        Move(MigrationStatus.Active, MigrationStatus.PostcopyActive);", "SwitchOver();", BugKind.Concurrency),
        Bug(Later, "bytes-of-lost-connections-forgotten", "slip", "bytes of a connection that is lost are no transferred bytes any more",
            "_later.PastBytes + reader.ConsumedBytes", "_later.PastBytes"),
        Bug(Later, "pages-since-listen-are-postcopy", "slip", "pages of precopy count as those of postcopy",
            "_pagesAtRun = Sum(_main!).Pages;", ""),
        Bug(State, "urgent-pages-not-counted", "C5", "pages on the channel for urgent pages are not counted",
            "sum.Add(PreemptCounters);", ""),
        Bug(State, "urgent-bytes-not-counted", "C5", "bytes of connections that came after main are not transferred bytes",
            "sum.Bytes += _later.Bytes;", ""),
        Bug(State, "urgent-pages-no-postcopy-bytes", "C5", "bytes of urgent pages are not among postcopy-bytes",
            "PostcopyBytes = MainCounters.PostcopyBytes + PreemptCounters.PostcopyBytes,", "PostcopyBytes = MainCounters.PostcopyBytes,"),
        Bug(State, "urgent-zero-pages-not-told", "slip", "zero pages are not among the urgent pages",
            "UrgentPages = PreemptCounters.Pages,", "UrgentPages = PreemptCounters.NormalPages,"),
        Bug(Counters, "discarded-pages-stay-unique", "C6", "a page that is thrown away and comes again counts twice as a page of RAM",
            "Volatile.Write(ref _unique, _unique - pages);", ""),
        Bug(Info, "pauses-told-in-microseconds", "slip", "paused-time is in microseconds",
            "figures.PausedTimeNanoseconds / 1_000_000 : null", "figures.PausedTimeNanoseconds / 1_000 : null"),
        Bug(Info, "recoveries-only-after-the-end", "C13", "recoveries are told only after the end",
            "figures.IsPostcopy ? figures.Recoveries : null", "figures.IsPostcopy && status.IsTerminal() ? figures.Recoveries : null"),
        Bug(BlockTime, "blocktime-of-all-while-one-waits", "9.2 #73", "all CPUs count as blocked while one of them is",
            "if (_waiting-- == vcpuCount)", "if (_waiting-- > 0)"),
        Bug(BlockTime, "blocktime-of-another-cpu", "9.2 #73", "the time that a CPU waits is counted for the first one",
            "_blocked[vcpu] += latency;", "_blocked[0] += latency;"),
        Bug(BlockTime, "latency-bucket-too-high", "9.2 #73", "a page's time is put one bucket too high",
            "_distribution[Math.Min(Buckets - 1, long.Log2(Math.Max(1, latency / 1000)))]++;",
            "_distribution[Math.Min(Buckets - 1, long.Log2(Math.Max(1, latency / 1000)) + 1)]++;"),
        Bug(BlockTime, "blocktime-in-32-bits", "9.2 #73", "waits longer than four seconds lose their upper half",
            "long latency = nowNanoseconds - sinceNanoseconds;", "long latency = (uint)unchecked(nowNanoseconds - sinceNanoseconds);"),
    ];
}
