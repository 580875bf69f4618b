using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs that show only under some schedules, however right the stream is.</summary>
internal static class ScheduleBugs
{
    private const string Session = "src/Qemu.Migration.Destination/Multifd/MultifdSession.cs";
    private const string Machine = "src/Qemu.Migration.Destination/Machine/VirtualMachine.cs";
    private const string Connections = "src/Qemu.Migration.Destination/Session/MigrationSession.cs";
    private const string Later = "src/Qemu.Migration.Destination/Session/MigrationSession.Postcopy.cs";
    private const string Faults = "src/Qemu.Migration.Destination/Postcopy/PageFaults.cs";
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Receiver, "pages-lost-between-channels", "C12", "channels count into one place, and each writes back what it read before it waited",
            """
            received.NormalPages = whole - first;
                        Counters.Add(received, TransferPhase.Precopy);
            """,
            """
            ReceiveCounters shared = session.Receivers.First().Counters;
                        long total = shared.NormalPages + whole - first;
                        if (missing == 0)
                            await reader.FillAsync(1);
                        received.NormalPages = total - shared.NormalPages;
                        shared.Add(received, TransferPhase.Precopy);
            """, BugKind.Concurrency),
        Bug(Session, "channel-gone-before-it-failed", "slip", "a channel leaves before it says why, and main takes its absence for the cause",
            """
            if (error is not null)
                        await FailAsync(error);
                    bool joined;
            """,
            "bool joined;", BugKind.Concurrency),
        Bug(Machine, "stop-beside-the-arrival-lost", "slip", "the arrival looks whether the guest shall start, and starts it a moment later",
            """
            lock (_changes)
                    {
                        bool live = migrated is RunState.Running or RunState.Suspended;
                        Enter(!live || _autostart ? migrated : RunState.Paused);
                    }
            """,
            """
            bool live = migrated is RunState.Running or RunState.Suspended;
                    RunState next = !live || _autostart ? migrated : RunState.Paused;
                    lock (_changes)
                        Enter(next);
            """, BugKind.Concurrency),
        Bug(Machine, "resume-told-while-paused", "slip", "a stop does not wait until the arrival has been told",
            """
            public void Stop()
                {
                    lock (_changes)
            """,
            """
            public void Stop()
                {
                    lock (_trace)
            """, BugKind.Concurrency),
        Bug(Connections, "late-connection-fails-the-migration", "L5", "a connection that comes when the migration has all of its own ends it",
            """
            connection.Refuse(_environment.Trace, refusal);
                            return null;
            """,
            """
            connection.Refuse(_environment.Trace, refusal);
                            if (magic.Refusal is null)
                                (_phase as Active)?.Connections.First().Channel.Shutdown();
                            return null;
            """, BugKind.Concurrency),
        Bug(Connections, "next-source-gets-the-dead-ones-channels", "slip", "a source that has gone keeps the channels of the one behind it",
            "if (member.Number > nextMain)", "if (nextMain < 0)",
            BugKind.Concurrency),
        Bug(Later, "guest-runs-in-its-own-time", "L9", "RUN does not wait until the guest runs, and what follows it may be lost or done before",
            "_migration.VirtualMachine.Arrive(_load.MigratedGuestSleeps ? RunState.Suspended : RunState.Running);",
            """
            _ = _environment.Spawn("run", async () =>
                    {
                        await _environment.Point("postcopy/arrive");
                        _migration.VirtualMachine.Arrive(_load.MigratedGuestSleeps ? RunState.Suspended : RunState.Running);
                    });
            """, BugKind.Concurrency),
        Bug(Faults, "page-comes-between-request-and-wait", "slip", "a page is noted as waited for when it has been asked for, and may have come by then",
            """
                            _faults.Add(key, fault = new(block, page));
                        if (_blockTime is not null)
                        {
                            fault.Waiters.Add((vcpu, now()));
                            _blockTime.Begin(vcpu, now());
                        }
                        if (!fault.IsRequested && _returnPath is not null)
                        {
                            MarkRequested(fault);
                            asked = _returnPath;
                        }
                    }
                    if (asked is not null)
                        await RequestAsync(asked, fault);
                    return fault.Arrived.Task;
            """,
            """
                            fault = new(block, page);
                        if (!fault.IsRequested && _returnPath is not null)
                        {
                            MarkRequested(fault);
                            asked = _returnPath;
                        }
                    }
                    if (asked is not null)
                        await RequestAsync(asked, fault);
                    lock (_lock)
                    {
                        _faults.TryAdd((memory.IndexOf(block), page), fault);
                        return _faults[(memory.IndexOf(block), page)].Arrived.Task;
                    }
            """, BugKind.Hang),
        Bug(Faults, "request-of-a-lost-connection-counts", "9.2 #58", "a request that could not be sent is not sent again, if its connection was lost meanwhile",
            """
            await RequestAsync(asked, fault);
                    return fault.Arrived.Task;
            """,
            """
            await RequestAsync(asked, fault);
                    fault.IsRequested |= asked is not null;
                    return fault.Arrived.Task;
            """, BugKind.Hang),
        Bug(Later, "completes-though-its-source-is-lost", "9.2 #59", "a source that is lost ends the migration as one that has sent everything",
            """
            await PauseAsync(main, error);
                    return false;
            """,
            """
            await PauseAsync(main, error);
                    return true;
            """, BugKind.Concurrency),
        Bug(Session, "locks-in-another-order", "issue 5", "channels that arrive take two locks, every other one in the other order",
            """
            public async ValueTask<bool> ArriveAsync()
                {
                    await environment.Point("multifd/arrive");
            """,
            """
            private readonly SemaphoreSlim _first = new(1);
                private readonly SemaphoreSlim _second = new(1);
                private int _turn;

                public async ValueTask<bool> ArriveAsync()
                {
                    await environment.Point("multifd/arrive");
                    bool swapped = (_turn++ & 1) != 0;
                    await (swapped ? _second : _first).WaitAsync();
                    await environment.Point("multifd/first");
                    await (swapped ? _first : _second).WaitAsync();
                    _first.Release();
                    _second.Release();
            """, BugKind.Hang),
    ];
}
