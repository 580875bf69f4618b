using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Simulation.Conformance.UnderTest;

/// <summary>Migrations of one machine, <c>none</c> with a MiB of RAM, as the simulated source writes them.</summary>
internal static class RecordedSources
{
    /// <summary>Pages of the machine's one block.</summary>
    public const int Pages = 256;

    private const int Channels = 2;
    private const long SlowLink = 4 << 20;

    /// <summary>Records a migration.</summary>
    /// <param name="dialect">What kind of source writes it.</param>
    /// <param name="migration">Its capabilities and parameters.</param>
    /// <param name="change">Changes the scenario; null for none.</param>
    public static RefereeCase Record(SourceDialect dialect, MigrationOptions migration, Func<ScenarioOptions, ScenarioOptions>? change = null)
    {
        ScenarioOptions options = new()
        {
            Seed = 1,
            Machine = new MachineOptions
            {
                OmitsSwitchoverStart = dialect == SourceDialect.Before81,
                FlushesAfterEachSection = dialect == SourceDialect.Before81,
            },
            Blocks = [new BlockOptions(RefereeDraw.BlockName, Pages)],
            Guest = new GuestOptions { Content = ContentMix.Typical },
            Migration = migration,
            Link = new(),
            Monitor = new MonitorOptions(),
        };
        return RefereeDraw.Of(change?.Invoke(options) ?? options, "conform", []);
    }

    /// <summary>A plain migration.</summary>
    public static MigrationOptions Precopy { get; } = new() { DowntimeLimit = 300, ZeroPageDetection = ZeroPageDetection.Multifd };

    /// <summary>One whose destination answers.</summary>
    public static MigrationOptions ReturnPath { get; } = Precopy with { ReturnPath = true };

    /// <summary>One with deltas; the guest has to write for that: <see cref="Busy"/>.</summary>
    public static MigrationOptions Xbzrle { get; } = ReturnPath with { Xbzrle = true, XbzrleCachePages = Pages, DowntimeLimit = 1 };

    /// <summary>One over several channels.</summary>
    /// <param name="dialect">What kind of source writes it.</param>
    /// <param name="compression">How pages are packed.</param>
    public static MigrationOptions Multifd(SourceDialect dialect, MultifdCompression compression = MultifdCompression.None) => ReturnPath with
    {
        Multifd = true,
        MultifdChannels = Channels,
        MultifdCompression = compression,
        ZeroPageDetection = dialect == SourceDialect.Before81 ? ZeroPageDetection.Legacy : ZeroPageDetection.Multifd,
    };

    /// <summary>One to a file in which each page has its place.</summary>
    /// <param name="multifd">Whether several readers load it.</param>
    public static MigrationOptions MappedRam(bool multifd) => Precopy with
    {
        Transport = Transport.File,
        MappedRam = true,
        Multifd = multifd,
        MultifdChannels = multifd ? Channels : 0,
    };

    /// <summary>One that goes over to postcopy when everything was sent once: the guest writes meanwhile, <see cref="Busy"/>.</summary>
    /// <param name="preempt">Whether urgent pages have a connection of their own.</param>
    /// <param name="recovers">Whether a source that is lost comes back.</param>
    public static MigrationOptions Postcopy(bool preempt = false, bool recovers = false) => ReturnPath with
    {
        DowntimeLimit = 1,
        Postcopy = new PostcopyOptions { StartsAtRound = 2, Preempt = preempt, Recovers = recovers, Vcpus = 1, TouchesPerVcpu = 8 },
    };

    /// <summary>A guest that writes all of its pages, and a link that takes a quarter of a second for them.</summary>
    /// <param name="options">The scenario.</param>
    public static ScenarioOptions Busy(ScenarioOptions options) => options with
    {
        Guest = options.Guest with { Pattern = DirtyPattern.Sweep, PagesPerSecond = 2_000, WorkingSetPages = Pages, BytesPerWrite = 64 },
        Link = new() { BytesPerSecond = SlowLink },
        FaultsEndNanoseconds = 2_000_000_000,
    };

    /// <summary>A source that leaves the format.</summary>
    /// <param name="mode">How.</param>
    public static Func<ScenarioOptions, ScenarioOptions> Deviates(DeviantMode mode) =>
        options => options with { Deviations = [new SourceDeviation(mode)] };

    /// <summary>A connection that is lost behind so many bytes.</summary>
    /// <param name="connection">Its name.</param>
    /// <param name="bytes">How many.</param>
    public static FaultOptions Cut(string connection, long bytes) =>
        new() { Kind = FaultKind.Truncate, Connection = connection, OffsetBytes = bytes };
}
