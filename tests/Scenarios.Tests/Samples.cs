using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;

namespace Scenarios.Tests;

/// <summary>Scenarios in which one kind of thing happens, and is watched closely. Each takes some tenths of a virtual second.</summary>
internal static class Samples
{
    private const long Mebibyte = 1 << 20;

    /// <summary>A guest that writes while it is migrated over a slow link, with the return path, all of it watched.</summary>
    public static ScenarioOptions Precopy { get; } = new()
    {
        Seed = 1,
        Machine = new() { DeviceCount = 2 },
        Blocks = [new("pc.ram", 64), new("vga.vram", 16)],
        Guest = new()
        {
            Content = ContentMix.Typical,
            Pattern = DirtyPattern.HotSet,
            PagesPerSecond = 300,
            WorkingSetPages = 8,
            BytesPerWrite = 16,
        },
        Migration = new() { ReturnPath = true, Events = true, ZeroPageDetection = ZeroPageDetection.Multifd, DowntimeLimit = 40 },
        Link = new() { LatencyNanoseconds = 100_000, BytesPerSecond = Mebibyte, WindowBytes = 16 << 10, MaximumChunkBytes = 4096 },
        Monitor = new() { CommandCount = 40, IntervalNanoseconds = 8 * VirtualDuration.Millisecond, ReactsAtOnce = true },
        FaultsEndNanoseconds = 500 * VirtualDuration.Millisecond,
        PoisonByte = 0xa5,
        Strategy = "portfolio",
    };

    /// <summary>The same with deltas: pages change a little, again and again.</summary>
    public static ScenarioOptions Xbzrle { get; } = Precopy with
    {
        Guest = Precopy.Guest with { PagesPerSecond = 20_000, WorkingSetPages = 16 },
        Migration = Precopy.Migration with { Xbzrle = true, XbzrleCachePages = 128, DowntimeLimit = 1 },
    };

    /// <summary>A guest that goes on at the destination before its pages have come, and touches them there.</summary>
    public static ScenarioOptions Postcopy { get; } = Precopy with
    {
        Migration = Precopy.Migration with
        {
            MaxBandwidth = Mebibyte / 2,
            Postcopy = new()
            {
                StartsAtBytes = 60_000, Vcpus = 2, TouchesPerVcpu = 100, TouchIntervalNanoseconds = VirtualDuration.Millisecond, WritePercent = 50,
                Recovers = true, MeasuresBlockTime = true,
            },
        },
    };

    /// <summary>The same, and its connection is reset while pages are missing.</summary>
    public static ScenarioOptions Recovered { get; } = Postcopy with
    {
        Faults = [new() { Kind = FaultKind.Reset, Connection = "main", OffsetBytes = 170_000 }],
    };

    /// <summary>Pages on two channels, and the switchover only when the destination allows it.</summary>
    public static ScenarioOptions Multifd { get; } = Precopy with
    {
        Migration = Precopy.Migration with { Multifd = true, MultifdChannels = 2, SwitchoverAck = true },
    };

    /// <summary>A file in which each page has its place, read by two.</summary>
    public static ScenarioOptions MappedRam { get; } = Precopy with
    {
        Migration = Precopy.Migration with
        {
            Transport = Transport.File, ReturnPath = false, MappedRam = true, Multifd = true, MultifdChannels = 2,
        },
    };

    /// <summary>Shared memory stays where it is.</summary>
    public static ScenarioOptions IgnoreShared { get; } = Precopy with
    {
        Blocks = [new("pc.ram", 64), new("vga.vram", 16) { Shared = true }],
        Migration = Precopy.Migration with { IgnoreShared = true },
    };

    /// <summary>A byte of a page is changed under way, nobody can notice, and the guest never writes it again.</summary>
    public static ScenarioOptions Corrupted { get; } = Precopy with
    {
        Guest = new() { Content = new ContentMix(0, 0, 1, 0, 0) },
        Faults = [new() { Kind = FaultKind.Corrupt, Connection = "main", OffsetBytes = 30_000, Mask = 1 }],
    };

    /// <summary>The connection is reset in the middle.</summary>
    public static ScenarioOptions Reset { get; } = Precopy with
    {
        Faults = [new() { Kind = FaultKind.Reset, Connection = "main", OffsetBytes = 60_000 }],
    };

    /// <summary>The stream ends in the middle.</summary>
    public static ScenarioOptions Truncated { get; } = Precopy with
    {
        Faults = [new() { Kind = FaultKind.Truncate, Connection = "main", OffsetBytes = 60_000 }],
    };

    /// <summary>A multifd channel is reset in the middle.</summary>
    public static ScenarioOptions ChannelReset { get; } = Multifd with
    {
        Faults = [new() { Kind = FaultKind.Reset, Connection = "multifd/1", OffsetBytes = 20_000 }],
    };

    /// <summary>A file of mapped-ram that ends in the middle.</summary>
    public static ScenarioOptions FileEnds { get; } = MappedRam with
    {
        Faults = [new() { Kind = FaultKind.Truncate, Connection = "main", OffsetBytes = 1_100_000 }],
    };

    /// <summary>A link on which the migration takes some seconds, first fast (zero pages) and then slow.</summary>
    public static ScenarioOptions Slow { get; } = Precopy with
    {
        Guest = new() { Content = new ContentMix(0, 0, 1, 0, 0) },
        Link = Precopy.Link with { BytesPerSecond = Mebibyte / 16 },
        Monitor = Precopy.Monitor with { CommandCount = 400 },
    };

    /// <summary>A client that is no source comes first.</summary>
    public static ScenarioOptions Stranger { get; } = Precopy with
    {
        Strangers = [new(StrangerKind.Babbles, 0, 100)],
    };

    /// <summary>Another source comes while one is loaded.</summary>
    public static ScenarioOptions SecondSource { get; } = Precopy with
    {
        Strangers = [new(StrangerKind.Imitates, 100 * VirtualDuration.Millisecond, 500)],
    };

    /// <summary>The main channel breaks before it has said what it is, and the source gives up: nobody comes any more.</summary>
    public static ScenarioOptions NobodyComes { get; } = Precopy with
    {
        Faults = [new() { Kind = FaultKind.Reset, Connection = "main", OffsetBytes = 0 }],
    };

    /// <summary>A second multifd channel that breaks before it has said what it is.</summary>
    public static ScenarioOptions ChannelNeverComes { get; } = Multifd with
    {
        Faults = [new() { Kind = FaultKind.Reset, Connection = "multifd/1", OffsetBytes = 0 }],
    };

    /// <summary>A section's footer is missing.</summary>
    public static ScenarioOptions Deviant { get; } = Precopy with { Deviations = [new(DeviantMode.FooterMissing)] };
}
