using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Shrinking;

/// <summary>
/// What can be taken away from a scenario. Every member has a plainest value, the one it has when it is absent, and each axis moves
/// something there: whole features first, then lists, then single numbers.
/// </summary>
public static class ScenarioSimplifications
{
    // Below a millisecond a time is as good as another, for the reader of a shrunk case.
    private const long FinestTime = VirtualDuration.Millisecond;

    private static readonly GuestOptions IdleZeroGuest = new() { Content = ContentMix.AllZero };

    /// <summary>The axes, those that take most away first.</summary>
    public static IReadOnlyList<Simplification<ScenarioOptions>> All { get; } =
        [.. Wholes(), .. Lists(), .. Machine(), .. PostcopyReduction.All, .. Migration(), .. Guest(), .. Link(), .. Monitor(), .. Rest()];

    /// <summary>The axes of a case that fails whatever its schedule: its guest is made small first, with other seeds too.</summary>
    public static IReadOnlyList<Simplification<ScenarioOptions>> OfAnySchedule { get; } = [GuestReduction.FewPages, .. All];

    /// <summary>All candidates that are one simplification smaller and valid.</summary>
    /// <param name="options">A scenario.</param>
    /// <returns>None when it is the plainest there is.</returns>
    public static IEnumerable<ScenarioOptions> Of(ScenarioOptions options) =>
        All.SelectMany(axis => axis(options)).Where(candidate => candidate.Problem() is null);

    private static Simplification<ScenarioOptions> Change(Func<ScenarioOptions, ScenarioOptions> change) =>
        Axis<ScenarioOptions>.Change(change);

    private static Simplification<ScenarioOptions> Count(
        Func<ScenarioOptions, long> get, Func<ScenarioOptions, long, ScenarioOptions> set, long plainest = 0) =>
        Axis<ScenarioOptions>.Number(get, set, plainest);

    private static Simplification<ScenarioOptions> Time(
        Func<ScenarioOptions, long> get, Func<ScenarioOptions, long, ScenarioOptions> set) =>
        Axis<ScenarioOptions>.Number(get, set, finest: FinestTime);

    private static Simplification<ScenarioOptions>[] Wholes() =>
    [
        Change(o => o with { Faults = [], Strangers = [], Deviations = [] }),
        Change(o => o with { Machine = new() }),
        Change(o => o with { Guest = IdleZeroGuest }),
        Change(o => o with { Guest = IdleZeroGuest with { Content = o.Guest.Content } }),
        Change(o => o with { Migration = new() { Transport = o.Migration.Transport } }),
        Change(o => o with { Link = LinkOptions.Perfect }),
        Change(o => o with { Host = new() }),
        Change(o => o with { Monitor = new() }),
    ];

    private static Simplification<ScenarioOptions>[] Lists() =>
    [
        Axis<ScenarioOptions>.Fewer(o => o.Faults, (o, faults) => o with { Faults = faults }),
        Axis<ScenarioOptions>.Fewer(o => o.Strangers, (o, strangers) => o with { Strangers = strangers }),
        Axis<ScenarioOptions>.Fewer(o => o.Deviations, (o, deviations) => o with { Deviations = deviations }),
        Axis<ScenarioOptions>.Fewer(o => o.Blocks, (o, blocks) => o with { Blocks = blocks }),
        Axis<ScenarioOptions>.Each(o => o.Blocks, (o, blocks) => o with { Blocks = blocks }, Block),
        Axis<ScenarioOptions>.Each(o => o.Faults, (o, faults) => o with { Faults = faults }, Fault),
        Axis<ScenarioOptions>.Each(o => o.Strangers, (o, strangers) => o with { Strangers = strangers }, Stranger),
        Axis<ScenarioOptions>.Each(o => o.Deviations, (o, deviations) => o with { Deviations = deviations }, Deviation),
    ];

    private static IEnumerable<BlockOptions> Block(BlockOptions block) => From<BlockOptions>(
        block,
        Axis<BlockOptions>.Number(b => b.Pages, (b, pages) => b with { Pages = (int)pages }),
        Axis<BlockOptions>.Number(b => b.FreePages, (b, pages) => b with { FreePages = (int)pages }),
        Axis<BlockOptions>.Change(b => b with { PagesHere = null, MostPages = 0 }),
        Axis<BlockOptions>.Change(b => b with { PagesHere = null }),
        Axis<BlockOptions>.Number(b => b.PagesHere ?? 0, (b, pages) => b with { PagesHere = (int)pages }),
        Axis<BlockOptions>.Number(b => b.MostPages, (b, pages) => b with { MostPages = (int)pages }),
        Axis<BlockOptions>.Change(b => b with { Name = b.Name[..Math.Min(b.Name.Length, 8)] }),
        Axis<BlockOptions>.Change(b => b with { Stays = false }),
        Axis<BlockOptions>.Change(b => b with { Shared = false }));

    private static IEnumerable<FaultOptions> Fault(FaultOptions fault) => From<FaultOptions>(
        fault,
        Axis<FaultOptions>.Number(f => f.OffsetBytes ?? 0, (f, offset) => f with { OffsetBytes = offset }),
        Axis<FaultOptions>.Number(f => f.AtNanoseconds, (f, at) => f with { AtNanoseconds = at }, finest: FinestTime),
        Axis<FaultOptions>.Number(
            f => f.DurationNanoseconds, (f, duration) => f with { DurationNanoseconds = duration }, finest: FinestTime),
        Axis<FaultOptions>.Change(f => f with { Mask = f.Kind == FaultKind.Corrupt ? (byte)1 : (byte)0 }),
        Axis<FaultOptions>.Change(f => f with { Share = Ratio.Zero }));

    private static IEnumerable<StrangerOptions> Stranger(StrangerOptions stranger) => From<StrangerOptions>(
        stranger,
        Axis<StrangerOptions>.Change(s => s with { Kind = StrangerKind.Closes }),
        Axis<StrangerOptions>.Number(s => s.Bytes, (s, bytes) => s with { Bytes = (int)bytes }),
        Axis<StrangerOptions>.Number(s => s.AtNanoseconds, (s, at) => s with { AtNanoseconds = at }, finest: FinestTime));

    private static IEnumerable<SourceDeviation> Deviation(SourceDeviation deviation) => From<SourceDeviation>(
        deviation,
        Axis<SourceDeviation>.Change(d => d with { Occurrence = null }),
        Axis<SourceDeviation>.Number(d => d.Occurrence ?? 0, (d, occurrence) => d with { Occurrence = (int)occurrence }),
        Axis<SourceDeviation>.Number(d => d.Channel, (d, channel) => d with { Channel = (int)channel }),
        Axis<SourceDeviation>.Number(d => d.CutAt, (d, cutAt) => d with { CutAt = cutAt }));

    private static IEnumerable<T> From<T>(T thing, params Simplification<T>[] axes) => axes.SelectMany(axis => axis(thing));

    private static Simplification<ScenarioOptions>[] Machine() =>
    [
        Count(o => o.Machine.DeviceCount, (o, count) => o with { Machine = o.Machine with { DeviceCount = (int)count } }),
        Change(o => o with { Machine = o.Machine with { HasRichDevices = false } }),
        Change(o => o with { Machine = o.Machine with { Name = null } }),
        Change(o => o with { Machine = o.Machine with { Uuid = null } }),
        Change(o => o with { Machine = o.Machine with { HasUuid = false, Uuid = null }, Migration = o.Migration with { ValidateUuid = false } }),
        Change(o => o with { Machine = o.Machine with { OmitsConfiguration = false } }),
        Change(o => o with { Machine = o.Machine with { OmitsSectionFooters = false } }),
        Change(o => o with { Machine = o.Machine with { OmitsSwitchoverStart = false } }),
        Change(o => o with { Machine = o.Machine with { OmitsGlobalState = false } }),
        Change(o => o with { Machine = o.Machine with { OmitsDescription = false } }),
        Change(o => o with { Machine = o.Machine with { FlushesAfterEachSection = false } }),
        Change(o => o with { Machine = o.Machine with { SourceFlushesByRecord = false } }),
        Change(o => o with { Machine = o.Machine with { SourceFlushesAfterEachSection = false } }),
        Change(o => o with { Machine = o.Machine with { SourceIsOlder = false } }),
        Change(o => o with { Machine = o.Machine with { SourceNeedsNoAck = false } }),
        Change(o => o with { Machine = o.Machine with { AckIsUnknown = false } }),
        Change(o => o with { Machine = o.Machine with { RunState = null } }),
        Change(o => o with { Machine = o.Machine with { StartsPaused = false } }),
        Change(o => o with { Machine = o.Machine with { PageBits = null } }),
    ];

    private static Simplification<ScenarioOptions>[] Migration() =>
    [
        Change(o => o with { Migration = o.Migration with { Multifd = false, MultifdChannels = 0, MultifdCompression = default } }),
        Change(o => o with { Migration = o.Migration with { MainConnectsLast = false } }),
        Change(o => o with { Migration = o.Migration with { ConnectsInAnyOrder = false } }),
        Change(o => o with { Migration = o.Migration with { HasUnequalLinks = false } }),
        Change(o => o with { Migration = o.Migration with { MappedRam = false, FileOffset = 0 } }),
        Count(o => o.Migration.FileOffset, (o, offset) => o with { Migration = o.Migration with { FileOffset = offset } }),
        Change(o => o with { Migration = o.Migration with { Xbzrle = false, XbzrleCachePages = 0 } }),
        Change(o => o with { Migration = o.Migration with { SwitchoverAck = false } }),
        Change(o => o with { Migration = o.Migration with { ReturnPath = false, SwitchoverAck = false } }),
        Change(o => o with { Migration = o.Migration with { ValidateUuid = false } }),
        Change(o => o with { Migration = o.Migration with { IgnoreShared = false } }),
        Change(o => o with { Migration = o.Migration with { Events = false } }),
        Change(o => o with { Migration = o.Migration with { Transport = Transport.Socket } }),
        Change(o => o with { Migration = o.Migration with { MultifdCompression = MultifdCompression.None } }),
        Change(o => o with { Migration = o.Migration with { ZeroPageDetection = ZeroPageDetection.None } }),
        Count(
            o => o.Migration.MultifdChannels,
            (o, channels) => o with { Migration = o.Migration with { MultifdChannels = (int)channels } }),
        Change(o => o with { Migration = o.Migration with { XbzrleCachePages = o.Migration.XbzrleCachePages / 2 } }),
        Count(o => o.Migration.MaxBandwidth, (o, rate) => o with { Migration = o.Migration with { MaxBandwidth = rate } }),
        Count(o => o.Migration.DowntimeLimit, (o, limit) => o with { Migration = o.Migration with { DowntimeLimit = (int)limit } }),
    ];

    private static Simplification<ScenarioOptions>[] Guest() =>
    [
        GuestReduction.PlainContent,
        Change(o => o with { Guest = o.Guest with { Pattern = DirtyPattern.Idle } }),
        Change(o => o with { Guest = o.Guest with { Pattern = (DirtyPattern)Math.Min((int)o.Guest.Pattern, (int)DirtyPattern.Sweep) } }),
        Count(o => o.Guest.PagesPerSecond, (o, rate) => o with { Guest = o.Guest with { PagesPerSecond = rate } }),
        Count(o => o.Guest.WorkingSetPages, (o, pages) => o with { Guest = o.Guest with { WorkingSetPages = (int)pages } }),
        Count(o => o.Guest.BytesPerWrite, (o, bytes) => o with { Guest = o.Guest with { BytesPerWrite = (int)bytes } }),
        Time(
            o => o.Guest.BurstPeriodNanoseconds,
            (o, period) => o with { Guest = o.Guest with { BurstPeriodNanoseconds = period } }),
    ];

    private static Simplification<ScenarioOptions>[] Link() =>
    [
        Change(o => o with { Link = o.Link with { ShortReads = Ratio.Zero, MaximumShortReadBytes = LinkOptions.Perfect.MaximumShortReadBytes } }),
        Change(o => o with { Link = o.Link with { WindowBytes = LinkOptions.Perfect.WindowBytes } }),
        Change(o => o with { Link = o.Link with { MaximumChunkBytes = LinkOptions.Perfect.MaximumChunkBytes } }),
        Time(o => o.Link.JitterNanoseconds, (o, jitter) => o with { Link = o.Link with { JitterNanoseconds = jitter } }),
        Time(o => o.Link.LatencyNanoseconds, (o, latency) => o with { Link = o.Link with { LatencyNanoseconds = latency } }),
        Time(o => o.Link.AcceptDelayNanoseconds, (o, delay) => o with { Link = o.Link with { AcceptDelayNanoseconds = delay } }),
        Count(o => o.Link.BytesPerSecond, (o, rate) => o with { Link = o.Link with { BytesPerSecond = rate } }),
    ];

    private static Simplification<ScenarioOptions>[] Monitor() =>
    [
        Change(o => o with { Monitor = o.Monitor with { IsAwkward = false } }),
        Change(o => o with { Monitor = o.Monitor with { ReactsAtOnce = false } }),
        Change(o => o with { Monitor = o.Monitor with { FirstAddressIsTaken = false } }),
        Change(o => o with { Monitor = o.Monitor with { ReadsShort = false } }),
        Change(o => o with { Monitor = o.Monitor with { SetsUpByCommand = false } }),
        Change(o => o with { Monitor = o.Monitor with { Reconnects = false } }),
        Change(o => o with { Monitor = o.Monitor with { ExitsOnError = false } }),
        Change(o => o with { Monitor = o.Monitor with { Quits = QuitMoment.Never } }),
        Count(o => o.Monitor.Visitors, (o, count) => o with { Monitor = o.Monitor with { Visitors = (int)count } }),
        Count(o => o.Monitor.LatencyNanoseconds, (o, latency) => o with { Monitor = o.Monitor with { LatencyNanoseconds = latency } }),
        Count(o => o.Monitor.JitterNanoseconds, (o, jitter) => o with { Monitor = o.Monitor with { JitterNanoseconds = jitter } }),
        Count(o => o.Monitor.CommandCount, (o, count) => o with { Monitor = o.Monitor with { CommandCount = (int)count } }),
        Time(o => o.Monitor.StartsAtNanoseconds, (o, at) => o with { Monitor = o.Monitor with { StartsAtNanoseconds = at } }),
        Time(o => o.Monitor.IntervalNanoseconds, (o, interval) => o with { Monitor = o.Monitor with { IntervalNanoseconds = interval } }),
    ];

    private static Simplification<ScenarioOptions>[] Rest() =>
    [
        Change(o => o with { PoisonByte = null }),
        Change(o => o with { Host = o.Host with { Channel = ChannelKind.Copied } }),
        Change(o => o with { Host = o.Host with { Memory = MemoryKind.Private, RefusesAfterBytes = 0 } }),
        Change(o => o with { Host = o.Host with { Readers = null } }),
        Change(o => o with { Host = o.Host with { UptimeNanoseconds = 0, ClockTicksPerNanosecond = 1 } }),
        Count(o => o.Host.RefusesAfterBytes, (o, bytes) => o with { Host = o.Host with { RefusesAfterBytes = bytes } }),
        Time(o => o.FaultsEndNanoseconds, (o, end) => o with { FaultsEndNanoseconds = end }),
        Change(o => o with { Strategy = null }),
    ];
}
