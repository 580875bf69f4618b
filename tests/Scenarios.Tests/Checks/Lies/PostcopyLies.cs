using System.Runtime.InteropServices;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Scenarios.Tests.Checks.Lies;

internal static class PostcopyLies
{
    // Behind the message's header and the name "pc.ram", with their lengths, and the bitmap's size.
    private const int FirstByteOfBitmap = 4 + 1 + 6 + 8;

    public static IEnumerable<Doctoring> All =>
    [
        .. Pages(), .. Touches(), .. Sides(), .. Figures(), .. Waits(), .. Replies(),
    ];

    private static IEnumerable<Doctoring> Pages() =>
    [
        Doctoring.Of<ReadsSeeTheLatestWrite>("a read saw something else", Samples.Postcopy, run =>
        {
            GuestAccess read = run.Accesses.FindLast(access => !access.IsWrite && access.EndNanoseconds is not null)!;
            read.ReadHash ^= 1;
            return $"virtual CPU {read.Vcpu} read page {read.Page} of block '{read.Block}' at {read.EndNanoseconds} ns";
        }),
        Doctoring.Of<ReadsSeeTheLatestWrite>("a write before a read never was", Samples.Postcopy, run =>
        {
            GuestAccess read = run.Accesses.First(access => !access.IsWrite && access.EndNanoseconds is not null && IsWritten(run, access));
            run.Accesses.RemoveAll(access => access.IsWrite && access.Page == read.Page && access.Block == read.Block);
            return $"virtual CPU {read.Vcpu} read page {read.Page} of block '{read.Block}'";
        }),
        Doctoring.Of<RamEqualsSourceAtSwitchover>("what the guest wrote here is gone", Samples.Postcopy, run =>
        {
            GuestAccess write = run.Accesses.First(access => access.IsWrite);
            run.Accesses.RemoveAll(access => access.Page == write.Page && access.Block == write.Block);
            return $"page {write.Page} of block '{write.Block}' is not what it was at the source";
        }),
        Doctoring.Of<PagesArePlacedOnce>("a page came twice", Samples.Postcopy, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { DroppedPages = 1 };
            return "1 pages came twice";
        }),
        Doctoring.Of<BitmapsSayWhatWasPlaced>("one page more was discarded", Samples.Postcopy, run =>
        {
            long discarded = run.FinalStatistics.DiscardedPages;
            run.FinalStatistics = run.FinalStatistics with { DiscardedPages = discarded + 1 };
            return $"{discarded + 1} pages were discarded that had been received, and {discarded} should have been";
        }),
        Doctoring.Of<BitmapsSayWhatWasPlaced>("a page that is there is missing in the bitmap", Samples.Recovered, run =>
        {
            ReadOnlySpan<byte> sent = run.Recoveries[0].Sent;
            MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(sent), sent.Length)[FirstByteOfBitmap] ^= 1;
            return $"the bitmap of block 'pc.ram' on '{run.Recoveries[0].Name}' is wrong at page ";
        }),
    ];

    private static IEnumerable<Doctoring> Touches() =>
    [
        Doctoring.Of<TouchedPagesAreRequested>("nobody touched anything", Samples.Postcopy, run =>
        {
            run.Accesses.Clear();
            return "is asked for, and nobody has touched it while it was missing";
        }),
        Doctoring.Of<TouchedPagesAreRequested>("a virtual CPU waits on", Samples.Postcopy, run =>
        {
            run.Accesses[^1].EndNanoseconds = null;
            return "and waits for ever though the migration has completed";
        }),
        Doctoring.Of<StoppedGuestTouchesNothing>("the guest was stopped while it touched a page", Samples.Postcopy, run =>
        {
            RunStateChange started = run.RunStates[0];
            run.RunStates[0] = started with { To = RunState.Paused };
            return "and the guest was Paused";
        }),
        Doctoring.Of<GuestRunsAsMigrated>("one virtual CPU was not started", Samples.Postcopy, run =>
        {
            run.StartedCpus.Remove(1);
            return "virtual CPUs 0 were started, of 2";
        }),
        Doctoring.Of<TouchedPagesAreRequested>("a page was awaited through a recovery", Samples.Recovered, run =>
        {
            run.Accesses.Insert(0, new() { BeginOrder = 0, BeginNanoseconds = 0, Vcpu = 0, Block = "vga.vram", Page = 999, WasMissing = true });
            return $"page 999 of block 'vga.vram' was waited for and not asked for again, on '{run.Recoveries[0].Name}'";
        }),
        Doctoring.Of<PostcopyPagesAreCounted>("a request that was never sent", Samples.Postcopy, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { PostcopyRequests = run.FinalStatistics.PostcopyRequests + 1 };
            return $"postcopy-requests is {run.FinalStatistics.PostcopyRequests}, and ";
        }),
        Doctoring.Of<TouchedPagesAreRequested>("another page was awaited", Samples.Postcopy, run =>
        {
            run.Accesses.Add(new()
            {
                BeginOrder = 0, BeginNanoseconds = 0, Vcpu = 0, Block = "vga.vram", Page = 999, WasMissing = true, EndNanoseconds = long.MaxValue,
            });
            return "virtual CPU 0 touched page 999 of block 'vga.vram' at 0 ns, and it was not asked for";
        }),
    ];

    private static IEnumerable<Doctoring> Sides() =>
    [
        Doctoring.Of<BothSidesAgree>("the source is in precopy all the time", Samples.Postcopy, run =>
        {
            CollectionsMarshal.AsSpan(run.SourceStatuses).Fill(run.SourceStatuses[0] with { To = SourceStatus.Active });
            return "the destination became PostcopyActive and the source was Active";
        }),
        Doctoring.Of<AtMostOneRunner>("the source runs its guest again behind RUN", Samples.Recovered, run =>
        {
            run.Source = run.Source with { Status = SourceStatus.Failed, ErrorDescription = "it was told to" };
            return "the migration is Completed and the source is Failed: it was told to";
        }),
        Doctoring.Of<StatusHistoryIsAPath>("a paused migration completes", Samples.Recovered, run =>
        {
            int paused = run.Statuses.FindIndex(change => change.To == MigrationStatus.PostcopyPaused);
            StatusChange recovered = run.Statuses[paused + 1];
            run.Statuses[paused + 1] = recovered with { To = MigrationStatus.Completed };
            return $"at {recovered.TimeNanoseconds} ns the state went from PostcopyPaused to Completed";
        }),
        Doctoring.Of<StatusHistoryIsAPath>("nobody said that the guest is here", Samples.Postcopy, run =>
        {
            int index = run.Statuses.FindIndex(change => change.To == MigrationStatus.PostcopyActive);
            run.Statuses.RemoveAt(index);
            run.Statuses[index] = run.Statuses[index] with { From = MigrationStatus.Active };
            return "the guest runs here and the state never was PostcopyActive";
        }),
        Doctoring.Of<PausesHaveACause>("nothing happened to its connection", Samples.Recovered, run =>
        {
            run.Damage.Clear();
            run.Commands.Clear();
            return "postcopy was paused for the 1. time";
        }),
        Doctoring.Of<PausesHaveACause>("what happened to its connection happened later", Samples.Recovered, run =>
        {
            run.Commands.Clear();
            for (int i = 0; i < run.Damage.Count; i++)
                run.Damage[i] = (run.Damage[i].Connection, run.Damage[i].Damage with { TimeNanoseconds = long.MaxValue });
            return "with 0 causes until then";
        }),
        Doctoring.Of<LossesAreNoticedAtOnce>("the pause came later than the loss", Samples.Recovered, run =>
        {
            ReceivedStream main = run.MainStreams.First();
            main.EndedNanoseconds = run.Statuses.Find(change => change.To == MigrationStatus.PostcopyPaused).TimeNanoseconds - 1;
            return "and postcopy went on as if it had not been";
        }),
        Doctoring.Of<EveryRunEnds>("a recovered migration stays paused", Samples.Recovered, run =>
        {
            run.FinalStatus = MigrationStatus.PostcopyPaused;
            run.SourceIsDone = false;
            return "the migration is paused for ever though it is recovered";
        }),
        Doctoring.Of<ShutZeroExactlyWhenCompleted>("a recovery is not acknowledged", Samples.Recovered, run =>
        {
            run.ReturnPath.RemoveAll(message => message.Type == ReturnPathMessageType.ResumeAck);
            return "was sent in place of";
        }),
        Doctoring.Of<ReturnPathBytesAreAsTold>("a request was told of once more", Samples.Recovered, run =>
        {
            run.ReturnPath.Add(new(run.NextOrder(), 0, ReturnPathMessageType.RequestPagesId, 4095, 0));
            return "message RequestPagesId(4095) was told of and not written";
        }),
    ];

    private static IEnumerable<Doctoring> Figures() =>
    [
        Doctoring.Of<TimesEqualVirtualTimes>("it was never without a source", Samples.Recovered, run =>
        {
            long paused = run.FinalStatistics.PausedTimeNanoseconds;
            run.FinalStatistics = run.FinalStatistics with { PausedTimeNanoseconds = 0 };
            return $"0 ns were without a source, and {paused} ns by its states";
        }),
        Doctoring.Of<CountersEqualSource>("the package counts twice", Samples.Postcopy, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { TransferredBytes = run.Source.Transferred };
            return $"transferred: {run.Source.Transferred} at the destination";
        }),
        Doctoring.Of<CountersEqualSource>("pages came that the source never sent", Samples.Recovered, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { NormalPages = run.Source.Normal + 1 };
            return $"{run.Source.Normal + 1} normal and";
        }),
        Doctoring.Of<CountersEqualWireRecords>("the pages of a lost connection do not count", Samples.Recovered, run =>
        {
            QueryReply last = run.Queries[^1];
            last.Ram!.Normal = run.Oracle!.Postcopy!.Legs[1].Counters.Normal;
            last.Ram.NormalBytes = last.Ram.Normal * last.Ram.PageSize;
            return "came on 2 main connections and 0 for urgent pages";
        }),
        Doctoring.Of<BytesBelongToTheirPhase>("pages came for a guest that runs, and it does not", Samples.Precopy, run =>
        {
            run.Queries[^1].Ram!.PostcopyBytes = 8;
            return "postcopy-bytes is 8 and the guest does not run";
        }),
    ];

    private static bool IsWritten(RunObservation run, GuestAccess read) => run.Accesses.Exists(access =>
        access.IsWrite && access.Page == read.Page && access.Block == read.Block && access.EndOrder < read.BeginOrder);

    private static IEnumerable<Doctoring> Waits() =>
    [
        Doctoring.Of<BlockTimeEqualsWaits>("a virtual CPU waited longer", Samples.Postcopy, run =>
        {
            BlockTimeFigures truth = run.FinalStatistics.BlockTime!;
            run.FinalStatistics = run.FinalStatistics with { BlockTime = truth with { VcpuBlockedNanoseconds = [truth.VcpuBlockedNanoseconds[0] + 1, truth.VcpuBlockedNanoseconds[1]] } };
            run.Queries.Clear();
            return $"virtual CPU 0 is said to have waited {truth.VcpuBlockedNanoseconds[0] + 1} ns, and waited {truth.VcpuBlockedNanoseconds[0]} ns";
        }),
        Doctoring.Of<BlockTimeEqualsWaits>("all of them waited at once", Samples.Postcopy, run =>
        {
            BlockTimeFigures truth = run.FinalStatistics.BlockTime!;
            run.FinalStatistics = run.FinalStatistics with { BlockTime = truth with { AllBlockedNanoseconds = truth.AllBlockedNanoseconds + 1 } };
            run.Queries.Clear();
            return "all virtual CPUs are said to have waited";
        }),
        Doctoring.Of<BlockTimeEqualsWaits>("nobody was told", Samples.Postcopy, run =>
        {
            run.Queries[^1].BlockTime = null;
            return "postcopy-blocktime is missing";
        }),
    ];

    private static IEnumerable<Doctoring> Replies() =>
    [
        Doctoring.Of<PostcopyPagesAreCounted>("an urgent page too many", Samples.Postcopy, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { UrgentPages = 1 };
            return "urgent-pages is 1, and 0 came";
        }),
        Doctoring.Of<PostcopyPagesAreCounted>("pages of precopy too", Samples.Postcopy, run =>
        {
            long all = run.FinalStatistics.NormalPages + run.FinalStatistics.ZeroPages;
            run.FinalStatistics = run.FinalStatistics with { PostcopyPages = all };
            return $"postcopy-pages is {all}, and ";
        }),
        Doctoring.Of<PostcopyPagesAreCounted>("a reply says nothing of postcopy", Samples.Postcopy, run =>
        {
            run.Queries[^1].Ram!.UrgentPages = null;
            return "figures of postcopy are missing";
        }),
        Doctoring.Of<TimesEqualVirtualTimes>("a reply says nothing of the pause", Samples.Recovered, run =>
        {
            run.Queries[^1].PausedTime = 0;
            return "paused-time is 0 ms and not ";
        }),
        Doctoring.Of<TimesEqualVirtualTimes>("a reply counts a recovery too many", Samples.Recovered, run =>
        {
            run.Queries[^1].Recoveries = 2;
            return "recoveries is 2 and not 1";
        }),
        Doctoring.Of<RatesFollowCounters>("the time of the pause counts", Samples.Recovered, run =>
        {
            QueryReply last = run.Queries[^1];
            last.Ram!.Mbps = last.Ram.Transferred * 8e3 / (run.End!.Value.TimeNanoseconds - run.Activation!.Value.TimeNanoseconds);
            return "mbps is ";
        }),
    ];
}
