using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs where main and multifd channels meet, fail and part.</summary>
internal static class MeetingBugs
{
    private const string Session = "src/Qemu.Migration.Destination/Multifd/MultifdSession.cs";
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";
    private const string Section = "src/Qemu.Migration.Destination/Loading/SectionLoader.cs";
    private const string Stream = "src/Qemu.Migration.Destination/Session/MigrationSession.Stream.cs";
    private const string Phase = "src/Qemu.Migration.Destination/Session/SessionPhase.cs";
    private const string Connections = "src/Qemu.Migration.Destination/Session/MigrationSession.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Session, "sync-loses-the-wake-up", "issue 5", "a channel looks for its release after main may have given it",
            """
            last?.TrySetResult();
                    await environment.WaitFor(released);
            """,
            """
            last?.TrySetResult();
                    await environment.Point("multifd/arrived");
                    lock (_lock)
                        released = _released.Task;
                    await environment.WaitFor(released);
            """, BugKind.Hang),
        Bug(Session, "sync-waits-for-one-channel-only", "9.2 #34 kin", "main goes on when the first channel has arrived",
            "if (++_arrived == channelCount)", "_arrived = channelCount;\n            if (last is null)", BugKind.Concurrency),
        Bug(Session, "sync-arrivals-not-reset", "issue 5", "the channels that arrived stay counted, so that the next meeting never comes",
            "_arrived = 0;\n            _allArrived = NewSignal();", "_allArrived = NewSignal();", BugKind.Hang),
        Bug(Session, "sync-release-not-renewed", "slip", "from the second meeting on channels do not wait for main",
            "_released = NewSignal();\n        }", "}", BugKind.Concurrency),
        Bug(Session, "sync-not-woken-by-failure", "L1", "main waits for a channel that has failed",
            "_allPresent.TrySetResult();\n        _allArrived.TrySetResult();", "_allPresent.TrySetResult();", BugKind.Hang),
        Bug(Session, "sync-not-woken-by-goodbye", "L1", "main waits for a channel that ends while it waits",
            "if (_mainWaiting)\n                error ??= Ended(receiver.Id, _mainOffset);", "", BugKind.Hang),
        Bug(Session, "sync-with-a-channel-that-is-gone", "L1", "main waits for a channel that had ended before",
            "if (Failure is null && _running < channelCount)", "if (Failure is null && _running < 0)", BugKind.Hang),
        Bug(Session, "stop-leaves-parked-channels", "9.2 #34", "a channel parked at its SYNC is joined and never released",
            "_released.TrySetResult();\n        foreach", "foreach", BugKind.Hang),
        Bug(Session, "stop-leaves-channels-not-started", "9.2 #35", "a channel that waits for the start is joined and never started",
            "receiver.Begin();\n            receiver.Shutdown();", "receiver.Shutdown();", BugKind.Hang),
        Bug(Session, "stop-does-not-close-channels", "slip", "a channel that waits for bytes is joined and not closed",
            "receiver.Shutdown();\n        }", "}", BugKind.Hang),
        Bug(Session, "stop-does-not-join", "9.2 #43", "the end is declared while channels still receive",
            "await environment.WaitFor(_joined.Task);", "await environment.Point(\"multifd/joined\");", BugKind.Concurrency),
        Bug(Phase, "starts-one-channel-early", "9.2 #33", "the migration starts when one channel is still missing",
            "Members.Count == (channels?.ChannelCount ?? 0)", "Members.Count >= (channels?.ChannelCount ?? 0) - 1", BugKind.Concurrency),
        Bug(Connections, "starts-without-main", "slip", "the last of several channels may come before main, and main is then waited for ever",
            "&& complete.MayBegin(_newcomers)", "&& (complete.Channels is null || happened is ChannelCame) && complete.MayBegin(_newcomers)",
            BugKind.Hang),
        Bug(Session, "duplicate-channel-id-accepted", "slip", "a second channel of the same id takes the place of the first",
            "if (_receivers[receiver.Id] is not null)", "if (_receivers[receiver.Id] == receiver)"),
        Bug(Session, "failure-does-not-reach-main", "slip", "the failure of a channel is not remembered",
            "Failure = error;\n        }", "}", BugKind.Concurrency),
        Bug(Receiver, "sync-ignored-by-channel", "9.2 #44 kin", "a channel does not wait at its SYNC",
            "(header.Flags & MultifdPacket.FlagSync) == 0 || await Session.ArriveAsync()", "true"),
        Bug(Section, "flush-ignored-by-main", "4.6", "main does not wait at a flush",
            ": await SyncAsync(multifd, type);", ": null;", BugKind.Concurrency),
        Bug(Section, "flush-at-legacy-destination-awaited", "L14", "a flush that nobody answers is waited for",
            "private async ValueTask<StreamError?> FlushAsync(MultifdSession multifd, SectionType type) => _machine.MultifdFlushAfterEachSection",
            "private async ValueTask<StreamError?> FlushAsync(MultifdSession multifd, SectionType type) => _machine.Name.Length == 0", BugKind.Hang),
        Bug(Section, "legacy-flush-assumed", "L14", "main meets the channels at the end of each section, whatever the machine does",
            "if (_multifd is not null && _machine.MultifdFlushAfterEachSection)", "if (_multifd is not null)"),
        Bug(Section, "legacy-source-taken", "4.6", "a source that never says where channels meet is taken, and its pages are lost",
            "CheckFlushed() => !_hasBlocks || _hasFlushed", "CheckFlushed() => _hasFlushed || _machine.Name.Length != 0", BugKind.Hang),
        Bug(Section, "legacy-flush-ignored", "L14", "main never meets the channels at the end of a section",
            "if (_multifd is not null && _machine.MultifdFlushAfterEachSection)",
            "if (_multifd is not null && _machine.Name.Length == 0)", BugKind.Concurrency),
        Bug(Stream, "pages-arrive-after-completion", "issue 5", "the channels are not stopped before the end is declared",
            "error = channels.Failure ?? error;\n            await channels.StopAsync();", "error = channels.Failure ?? error;",
            BugKind.Concurrency),
        Bug(Stream, "failure-of-a-late-channel-ignored", "L3", "a channel's failure after the last meeting is not looked at",
            "error = channels.Failure ?? error;\n            await", "error = error is null ? null : channels.Failure ?? error;\n            await",
            BugKind.Concurrency, blindSpot: "what breaks after the last meeting may or may not be noticed before the end: the oracle takes both"),
        Bug(Connections, "early-failure-ends-nothing", "9.2 #64", "a channel that fails before main has come leaves the migration waiting",
            "if (setup.Main is not null)\n            return;", "if (setup.Main is not null || setup.IsEmpty)\n            return;", BugKind.Hang),
        Bug(Connections, "late-connection-let-in", "issue 5", "a connection is served though the migration has failed already",
            "if (step.Error is not null)\n                _phase = new Ended();", "if (step.Error is not null)\n                _phase = NewSetup();",
            BugKind.Concurrency),
        Bug(Stream, "failed-channels-not-stopped", "slip", "a migration that fails before it is active leaves its channels waiting",
            "await channels.StopAsync();\n                await FailAsync(failure);", "await FailAsync(failure);",
            BugKind.Hang),
        Bug(Connections, "abandoned-source-leaves-a-trace", "slip", "a page is cleared when a source is given up that had sent nothing",
            "setup.IsAbandoned = true;", "setup.IsAbandoned = true;\n        _migration.Memory.ZeroPage(_migration.Memory.Blocks[0], 0);"),
    ];
}
