using Qemu.Migration.Destination.Machine;
using Simulation.Engine.Fabric;
using Simulation.Engine.Scheduling;
using Simulation.Engine.Time;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Fuzzing.Targets.Recipes;

/// <summary>
/// Makes a scenario of bytes: each option takes the next byte or few, in the order below, and no bytes at all are the plainest
/// scenario. So that a mutation changes one thing, what varies in number comes late.
/// </summary>
internal static class RecipeReader
{
    private const long LongestNanoseconds = 2 * VirtualDuration.Second;
    private const int MostPages = 64;

    // The first byte, which also says the transport: from here on the migration goes over to postcopy.
    private const byte PostcopyByte = 192;

    // A link of nothing but single bytes makes a step of each byte: seconds and a gigabyte for a stream of six megabytes.
    private const int MostShortReads = 90;

    /// <summary>Reads a scenario; it may contradict itself.</summary>
    public static ScenarioOptions Read(ReadOnlySpan<byte> bytes)
    {
        ByteTape tape = new(bytes);
        bool isPostcopy = !bytes.IsEmpty && bytes[0] >= PostcopyByte;
        MigrationOptions migration = ReadMigration(ref tape);
        MachineOptions machine = ReadMachine(ref tape);
        GuestOptions guest = ReadGuest(ref tape);
        LinkOptions link = ReadLink(ref tape);
        MonitorOptions monitor = ReadMonitor(ref tape);
        ScenarioOptions options = new()
        {
            Seed = (ulong)tape.Number(long.MaxValue - 1),
            Machine = machine,
            Guest = guest,
            Migration = migration,
            Link = link,
            Monitor = monitor,
            FaultsEndNanoseconds = VirtualDuration.Millisecond + tape.Number(LongestNanoseconds),
            PoisonByte = tape.Flag() ? tape.Next() : null,
            Strategy = tape.Flag() ? StrategyCatalogue.Names[tape.Below(StrategyCatalogue.Names.Count)] : null,
            Blocks = [],
        };
        BlockOptions[] blocks = new BlockOptions[tape.Below(4)];
        for (int i = 0; i < blocks.Length; i++)
            blocks[i] = new($"m{i}", 1 + tape.Below(MostPages)) { Shared = tape.Flag() };
        FaultOptions[] faults = new FaultOptions[tape.Below(4)];
        for (int i = 0; i < faults.Length; i++)
            faults[i] = ReadFault(ref tape);
        StrangerOptions[] strangers = new StrangerOptions[tape.Below(3)];
        for (int i = 0; i < strangers.Length; i++)
            strangers[i] = new((StrangerKind)tape.Below(3), tape.Number(LongestNanoseconds), tape.Next());
        SourceDeviation[] deviations = new SourceDeviation[tape.Below(3)];
        for (int i = 0; i < deviations.Length; i++)
            deviations[i] = ReadDeviation(ref tape);
        options = options with
        {
            Blocks = blocks,
            Faults = faults,
            Strangers = strangers,
            Deviations = deviations,
            Monitor = ReadSessions(ref tape, monitor),
        };
        return isPostcopy ? WithPostcopy(options, ReadPostcopy(ref tape)) : options;
    }

    // Faults of multifd channels become those of recoveries. What no scenario has of postcopy is left out (NotDrawn).
    private static ScenarioOptions WithPostcopy(ScenarioOptions options, PostcopyOptions postcopy) => options with
    {
        Migration = PostcopyDraw.Adapt(options.Migration) with { Postcopy = postcopy },
        Deviations = [],
        Monitor = options.Monitor.Quits == QuitMoment.UnderWay ? options.Monitor with { Quits = QuitMoment.AtTheEnd } : options.Monitor,
        Faults =
        [
            .. options.Faults.Select(fault => fault with
            {
                Connection = fault.Connection?.Replace("multifd", "recovery", StringComparison.Ordinal),
                Direction = fault.Kind == FaultKind.Corrupt ? Direction.ClientToServer : fault.Direction,
            }),
        ],
    };

    private static PostcopyOptions ReadPostcopy(ref ByteTape tape)
    {
        PostcopyOptions options = ReadGuestInPostcopy(ref tape);
        return tape.Below(5) switch
        {
            0 => options with { StartsAtRound = 1 },
            1 => options with { StartsAtRound = 1 + tape.Below(4) },
            2 => options with { StartsAtNanoseconds = tape.Number(LongestNanoseconds) },
            3 => options with { StartsAtBytes = tape.Number(1 << 20) },
            _ => options,
        };
    }

    private static PostcopyOptions ReadGuestInPostcopy(ref ByteTape tape) => new()
    {
        Preempt = tape.Flag(),
        IsOfQemu11 = tape.Flag(),
        MaxBandwidth = tape.Flag() ? (64 << 10) + tape.Number(1 << 24) : 0,
        Vcpus = tape.Below(5),
        TouchesPerVcpu = 1 + tape.Below(64),
        TouchIntervalNanoseconds = tape.Number(LongestNanoseconds / 64),
        WritePercent = tape.Below(101),
        Recovers = tape.Flag(),
        RecoveryDelayNanoseconds = tape.Number(LongestNanoseconds),
    };

    private static MigrationOptions ReadMigration(ref ByteTape tape) => new()
    {
        Transport = (Transport)tape.Below(3),
        ReturnPath = tape.Flag(),
        SwitchoverAck = tape.Flag(),
        ValidateUuid = tape.Flag(),
        IgnoreShared = tape.Flag(),
        Xbzrle = tape.Flag(),
        Multifd = tape.Flag(),
        MappedRam = tape.Flag(),
        Events = tape.Flag(),
        MaxBandwidth = tape.Number(1 << 30),
        DowntimeLimit = tape.Pick(0, 1, 20, 300, 2000),
        XbzrleCachePages = 1 << tape.Below(8),
        MultifdChannels = 1 + tape.Below(8),
        MultifdCompression = (MultifdCompression)tape.Below(3),
        ZeroPageDetection = (ZeroPageDetection)tape.Below(3),
    };

    private static MachineOptions ReadMachine(ref ByteTape tape) => new()
    {
        DeviceCount = tape.Below(13),
        HasUuid = tape.Flag(),
        OmitsConfiguration = tape.Flag(),
        OmitsSectionFooters = tape.Flag(),
        OmitsSwitchoverStart = tape.Flag(),
        OmitsGlobalState = tape.Flag(),
        OmitsDescription = tape.Flag(),
        FlushesAfterEachSection = tape.Flag(),
        RunState = tape.Flag() ? ((RunState)tape.Below(Enum.GetValues<RunState>().Length)).ToQapi() : null,
        StartsPaused = tape.Flag(),
    };

    private static GuestOptions ReadGuest(ref ByteTape tape) => new()
    {
        Content = new ContentMix(1 + tape.Below(16), tape.Below(16), tape.Below(16), tape.Below(16), tape.Below(16)),
        Pattern = (DirtyPattern)tape.Below(5),
        PagesPerSecond = tape.Number(100_000),
        WorkingSetPages = 1 + tape.Below(64),
        BurstPeriodNanoseconds = 1_000_000 + tape.Number(LongestNanoseconds),
        BytesPerWrite = (int)tape.Number(4096),
    };

    private static LinkOptions ReadLink(ref ByteTape tape) => new()
    {
        LatencyNanoseconds = tape.Number(40 * VirtualDuration.Millisecond),
        JitterNanoseconds = tape.Number(2 * VirtualDuration.Millisecond),
        BytesPerSecond = tape.Flag() ? (64 << 10) + tape.Number(1 << 30) : 0,
        AcceptDelayNanoseconds = tape.Number(5 * VirtualDuration.Millisecond),
        WindowBytes = (4 << 10) + (int)tape.Number(252 << 10),
        MaximumChunkBytes = 1460 + (int)tape.Number(62 << 10),
        ShortReads = tape.Percent(MostShortReads),
        MaximumShortReadBytes = 1 + (int)tape.Number(5000),
    };

    private static MonitorOptions ReadMonitor(ref ByteTape tape) => new()
    {
        StartsAtNanoseconds = tape.Number(10 * VirtualDuration.Millisecond),
        CommandCount = tape.Below(41),
        IntervalNanoseconds = tape.Number(LongestNanoseconds / 16),
        ReactsAtOnce = tape.Flag(),
        IsAwkward = tape.Flag(),
        FirstAddressIsTaken = tape.Flag(),
    };

    private static MonitorOptions ReadSessions(ref ByteTape tape, MonitorOptions monitor) => monitor with
    {
        LatencyNanoseconds = tape.Number(VirtualDuration.Millisecond),
        ReadsShort = tape.Flag(),
        SetsUpByCommand = tape.Flag(),
        Reconnects = tape.Flag(),
        Visitors = tape.Below(4),
        ExitsOnError = tape.Flag(),
        Quits = (QuitMoment)tape.Below(4),
    };

    private static FaultOptions ReadFault(ref ByteTape tape)
    {
        FaultKind kind = (FaultKind)tape.Below(7);
        int connection = tape.Below(9);
        bool isBound = tape.Flag() || kind is FaultKind.Corrupt or FaultKind.Hold;
        return new()
        {
            Kind = kind,
            Connection = kind == FaultKind.WallClockJump ? null : connection == 0 ? "main" : $"multifd/{connection - 1}",
            Direction = tape.Flag() ? Direction.ServerToClient : Direction.ClientToServer,
            OffsetBytes = isBound && kind is not (FaultKind.Delay or FaultKind.Stall or FaultKind.WallClockJump) ? tape.Number(1 << 20) : null,
            AtNanoseconds = tape.Number(LongestNanoseconds),
            DurationNanoseconds = tape.Number(LongestNanoseconds),
            Mask = (byte)(1 << tape.Below(8)),
            Share = tape.Percent(100),
        };
    }

    private static SourceDeviation ReadDeviation(ref ByteTape tape) =>
        new(DeviantModes.All[tape.Below(DeviantModes.All.Count)].Mode)
        {
            Occurrence = tape.Flag() ? tape.Below(16) : null,
            Channel = tape.Below(8),
            CutAt = tape.Number(1 << 20),
        };
}
