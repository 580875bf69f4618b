using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Statistics;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Checks;

/// <summary>After a completed migration of an honest source over honest connections both sides say the same (stream reference,
/// section 8.5, O1, O2, O3 and O5; after a recovery O4). A source that does not say when it stops its guest leaves all bytes to precopy here.</summary>
public sealed class CountersEqualSource : ICheck
{
    private const int RecordHeaderBytes = 8;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.FinalStatus == MigrationStatus.Completed && run.IsClean && (!run.IsCut || run.WasPaused);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run))
            return null;
        MigrationStatistics here = run.FinalStatistics;
        SourceStatistics there = run.Source;
        if (run.WasPaused)
            return JudgeRecovered(run, here, there);
        // The source counts its package twice (L18).
        long free = FreePages(run.Options);
        return FirstDifference(
        [
            ("total", here.TotalBytes, there.Total),
            ("pages received at least once, and pages that are sent", here.UniquePages, (there.Total / run.PageBytes) - free),
            ("remaining, and what is free", here.RemainingBytes, free * run.PageBytes),
        ])
            ?? FirstDifference(run.Options.Migration.MappedRam ? FileCounters(run, here, there) : WireCounters(run, here, there));
    }

    // What was lost in a connection the source has counted, and sent again (O4).
    private static string? JudgeRecovered(RunObservation run, MigrationStatistics here, SourceStatistics there)
    {
        if (here.NormalPages > there.Normal || here.ZeroPages > there.Duplicate)
            return $"{here.NormalPages} normal and {here.ZeroPages} zero pages came, of {there.Normal} and {there.Duplicate} that were sent";
        if (here.UniquePages != there.Total / run.PageBytes || here.RemainingBytes != 0)
            return $"{here.UniquePages} pages of {there.Total / run.PageBytes} are there in the end, and {here.RemainingBytes} bytes remain";
        int recoveries = run.Statuses.Count(change => change is { From: MigrationStatus.PostcopyRecover, To: MigrationStatus.PostcopyActive });
        int attempts = run.Statuses.Count(change => change.To == MigrationStatus.PostcopyRecover);
        return here.Recoveries != attempts && here.Recoveries != recoveries ? $"{here.Recoveries} recoveries were counted, of {attempts}" : null;
    }

    // A file says of each page whether it is there; in a stream there is nothing about a page that is free.
    private static long FreePages(ScenarioOptions options) => options.Migration.MappedRam ? 0 : options.Blocks
        .Where(block => !block.Stays && !(block.Shared && options.Migration.IgnoreShared)).Sum(block => (long)block.FreePages);

    // A source counts a page of a mapped-ram file as often as it has written it; who reads the file finds it once.
    private static (string Name, long Here, long There)[] FileCounters(
        RunObservation run, MigrationStatistics here, SourceStatistics there)
    {
        long rewritten = (there.Normal - here.NormalPages) * run.PageBytes;
        return
        [
            ("transferred without pages written again", here.TransferredBytes, there.Transferred - rewritten),
            ("multifd-bytes without pages written again",
                here.MultifdBytes, there.MultifdBytes - (there.MultifdBytes == 0 ? 0 : rewritten)),
        ];
    }

    private static (string Name, long Here, long There)[] WireCounters(
        RunObservation run, MigrationStatistics here, SourceStatistics there) =>
        [
            ("normal", here.NormalPages, there.Normal),
            ("duplicate", here.ZeroPages, there.Duplicate),
            ("xbzrle pages", here.XbzrlePages, there.XbzrleRecords),
            ("xbzrle bytes without overflows", here.XbzrleBytes, there.XbzrleBytes - (there.XbzrleOverflow * run.PageBytes)),
            ("transferred", here.TransferredBytes, there.Transferred - there.PackageBytes),
            ("multifd-bytes", here.MultifdBytes, there.MultifdBytes),
            ("precopy-bytes and downtime-bytes", here.PrecopyBytes + here.DowntimeBytes, there.PrecopyBytes + there.DowntimeBytes + LastPart(run)),
            ("postcopy-bytes", here.PostcopyBytes, there.PostcopyBytes),
            // A source that has sent everything does not hear the last requests.
            ("postcopy-requests that were heard", Math.Min(here.PostcopyRequests, there.PostcopyRequests), there.PostcopyRequests),
            ("downtime-bytes", here.DowntimeBytes, run.Options.Machine.OmitsSwitchoverStart ? 0 : there.DowntimeBytes),
        ];

    // The PART that QEMU 11.1 sends before it stops the guest for postcopy has an EOS that the source does not count.
    private static long LastPart(RunObservation run) =>
        run.Options.Migration.Postcopy is { IsOfQemu11: true } && run.Source.PackageBytes > 0 ? RecordHeaderBytes : 0;

    private static string? FirstDifference((string Name, long Here, long There)[] counters)
    {
        foreach ((string name, long mine, long theirs) in counters)
        {
            if (mine != theirs)
                return $"{name}: {mine} at the destination and {theirs} at the source";
        }

        return null;
    }
}
