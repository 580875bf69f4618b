using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Statistics;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Checks;

/// <summary>After a completed migration of an honest source over honest connections both sides say the same (stream reference,
/// section 8.5, O1, O2 and O5). A source that does not say when it stops its guest leaves all bytes to precopy here.</summary>
public sealed class CountersEqualSource : ICheck
{
    private const int PageBytes = 4096;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.FinalStatus == MigrationStatus.Completed && run.IsClean && !run.IsCut;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run))
            return null;
        MigrationStatistics here = run.FinalStatistics;
        SourceStatistics there = run.Source;
        long free = FreePages(run.Options);
        return FirstDifference(
        [
            ("total", here.TotalBytes, there.Total),
            ("pages received at least once, and pages that are sent", here.UniquePages, (there.Total / PageBytes) - free),
            ("remaining, and what is free", here.RemainingBytes, free * PageBytes),
        ])
            ?? FirstDifference(run.Options.Migration.MappedRam ? FileCounters(here, there) : WireCounters(run, here, there));
    }

    // A file says of each page whether it is there; in a stream there is nothing about a page that is free.
    private static long FreePages(ScenarioOptions options) => options.Migration.MappedRam ? 0 : options.Blocks
        .Where(block => !block.Stays && !(block.Shared && options.Migration.IgnoreShared)).Sum(block => (long)block.FreePages);

    // A source counts a page of a mapped-ram file as often as it has written it; who reads the file finds it once.
    private static (string Name, long Here, long There)[] FileCounters(MigrationStatistics here, SourceStatistics there)
    {
        long rewritten = (there.Normal - here.NormalPages) * PageBytes;
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
            ("xbzrle bytes without overflows", here.XbzrleBytes, there.XbzrleBytes - (there.XbzrleOverflow * PageBytes)),
            ("transferred", here.TransferredBytes, there.Transferred),
            ("multifd-bytes", here.MultifdBytes, there.MultifdBytes),
            ("precopy-bytes and downtime-bytes", here.PrecopyBytes + here.DowntimeBytes, there.PrecopyBytes + there.DowntimeBytes),
            ("downtime-bytes", here.DowntimeBytes, run.Options.Machine.OmitsSwitchoverStart ? 0 : there.DowntimeBytes),
        ];

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
