using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;

namespace Simulation.Scenarios.Options;

/// <summary>Draws what a migration with postcopy has, and what goes wrong there: in every phase, on every connection, in both
/// directions.</summary>
internal static class PostcopyDraw
{
    /// <summary>Bytes of a PONG, and of a request that names no block.</summary>
    private const int ShortMessageBytes = 8;

    /// <summary>Bytes of an urgent page with its record, roughly.</summary>
    private const int UrgentRecordBytes = 4096 + 16;

    private const long LeastBandwidth = 64 << 10;

    /// <summary>How often a source that has used up its bandwidth goes on.</summary>
    private const int PartsPerSecond = 10;

    /// <summary>Turns a migration into one that can go over to postcopy.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="migration">Any migration.</param>
    /// <param name="ramBytes">Bytes of RAM that travel.</param>
    /// <param name="duration">How long it takes, roughly.</param>
    public static PostcopyOptions Draw(Prng random, MigrationOptions migration, long ramBytes, long duration)
    {
        PostcopyOptions options = new()
        {
            Preempt = random.Chance(Ratio.Percent(40)),
            IsOfQemu11 = random.Chance(Ratio.Percent(40)),
            MaxBandwidth = random.Chance(Ratio.Percent(60)) ? Math.Max(LeastBandwidth, ramBytes * PartsPerSecond / random.Between(2, 12)) : 0,
            Vcpus = random.PickWeighted([10, 40, 25, 15, 10]),
            TouchesPerVcpu = random.Pick<int>([1, 4, 16, 64]),
            TouchIntervalNanoseconds = random.Pick<long>([0, 1000, 1 + (duration / 64), 1 + (duration / 8)]),
            WritePercent = random.Pick<int>([0, 30, 50, 100]),
            Recovers = random.Chance(Ratio.Percent(85)),
            RecoveryDelayNanoseconds = random.NextLong(random.Pick<long>([1, VirtualDuration.Millisecond, duration, 4 * duration])),
            MeasuresBlockTime = random.Chance(Ratio.Percent(50)),
        };

        // A channel for urgent pages has something to do where much is touched.
        if (options.Preempt && random.Chance(Ratio.Percent(50)))
            options = options with { Vcpus = Math.Max(2, options.Vcpus), TouchesPerVcpu = 64, TouchIntervalNanoseconds = 1 + (duration / 256) };

        // A PART takes 32 pages at least, so that a small guest is here after the first one: only a source that begins with postcopy has
        // much to send there.
        return random.PickWeighted([3, 3, 3, 1, 8]) switch
        {
            4 => options with { StartsAtRound = 1 },
            0 => options with { StartsAtNanoseconds = random.NextLong(1 + duration) },
            1 => options with { StartsAtRound = random.Between(1, 3) },
            2 => options with { StartsAtBytes = random.NextLong(1 + (ramBytes / random.Between(1, 4))) },
            _ => options,
        };
    }

    /// <summary>A migration without what postcopy does not go with.</summary>
    public static MigrationOptions Adapt(MigrationOptions migration) => migration with
    {
        Transport = Transport.Socket,
        MappedRam = false,
        FileOffset = 0,
        IgnoreShared = false,
        Multifd = false,
        MultifdChannels = 0,
        MultifdCompression = MultifdCompression.None,
        ConnectsInAnyOrder = false,
        HasUnequalLinks = false,
        MainConnectsLast = false,
        ReturnPath = true,
    };

    /// <summary>The multifd channels that a migration would have without postcopy: a source of QEMU 11 has them up to the switchover.</summary>
    /// <param name="postcopy">The migration with postcopy.</param>
    /// <param name="drawn">The migration before it was adapted.</param>
    public static MigrationOptions WithChannels(MigrationOptions postcopy, MigrationOptions drawn) =>
        drawn is { Multifd: true, Transport: Transport.Socket } && postcopy.Postcopy is { IsOfQemu11: true, Preempt: false } && !postcopy.Xbzrle
            ? postcopy with
            {
                Multifd = true,
                MultifdChannels = drawn.MultifdChannels,
                MultifdCompression = drawn.MultifdCompression,
                ConnectsInAnyOrder = drawn.ConnectsInAnyOrder,
                HasUnequalLinks = drawn.HasUnequalLinks,
                MainConnectsLast = drawn.MainConnectsLast,
            }
            : postcopy;

    /// <summary>A bandwidth at which the first pass over RAM takes several PARTs: the source looks between two of them whether it shall go
    /// over to postcopy.</summary>
    public static MigrationOptions Pace(Prng random, MigrationOptions migration, long ramBytes) => random.Chance(Ratio.Percent(35)) ? migration
        : migration with { MaxBandwidth = Math.Max(LeastBandwidth, ramBytes * PartsPerSecond / random.Between(2, 12)) };

    /// <summary>A block of more pages than a word of a bitmap has bits.</summary>
    public static BlockOptions DrawWideBlock(Prng random) => new("pc.ram", random.Between(65, 260));

    /// <summary>Blocks of which one may grow by more pages than a word of a bitmap has bits: the bitmap of its length is not that of its
    /// longest length.</summary>
    public static BlockOptions[] DrawGrowing(Prng random, IReadOnlyList<BlockOptions> blocks)
    {
        int growing = random.NextInt(Math.Max(1, blocks.Count));
        int more = random.Between(64, 200);
        return [.. blocks.Select((block, i) => i == growing && block is { MostPages: 0, Stays: false }
            ? block with { MostPages = Math.Max(block.Pages, block.PagesHere ?? 0) + more } : block)];
    }

    /// <summary>A guest that writes nearly all of its pages while they are sent for the first time: long ranges are thrown away, which begin
    /// and end anywhere.</summary>
    public static GuestOptions WideGuest(long pages, long duration) => new()
    {
        Content = ContentMix.Typical,
        Pattern = DirtyPattern.Sweep,
        PagesPerSecond = 1 + (pages * VirtualDuration.Second / Math.Max(duration, VirtualDuration.Millisecond)),
        WorkingSetPages = 64,
        BurstPeriodNanoseconds = 1 + duration,
        BytesPerWrite = 64,
    };

    /// <summary>A migration that goes over to postcopy when everything has been sent once.</summary>
    public static MigrationOptions AtSecondRound(MigrationOptions migration) => migration with
    {
        DowntimeLimit = 1,
        Postcopy = migration.Postcopy! with { StartsAtNanoseconds = null, StartsAtBytes = null, StartsAtRound = 2 },
    };

    /// <summary>Draws what goes wrong. Where the first loss is drawn there are often others behind it: in the recovery, and twice.</summary>
    public static FaultOptions[] DrawFaults(Prng random, PostcopyOptions postcopy, long ramBytes, long faultsEnd)
    {
        FaultOptions[] faults = new FaultOptions[1 + random.PickWeighted([40, 30, 20, 10])];
        int recovery = 0;
        for (int i = 0; i < faults.Length; i++)
        {
            string connection = random.PickWeighted([5, i > 0 ? 5 : 1, postcopy.Preempt ? 4 : 0]) switch
            {
                0 => "main",
                1 => $"recovery/{++recovery}",
                _ => $"preempt/{recovery}",
            };
            faults[i] = DrawFault(random, connection, postcopy, ramBytes, faultsEnd);
        }

        return faults;
    }

    private static FaultOptions DrawFault(Prng random, string connection, PostcopyOptions postcopy, long ramBytes, long faultsEnd)
    {
        FaultKind kind = (FaultKind)random.PickWeighted([35, 30, 3, 8, 8, 12, 4]);
        bool isUrgent = connection.StartsWith("preempt", StringComparison.Ordinal);
        bool back = random.Chance(Ratio.Percent(25)) && kind != FaultKind.Corrupt && !isUrgent;
        bool byTime = random.Chance(Ratio.Percent(35)) && kind is FaultKind.Reset or FaultKind.Truncate;
        bool isRecovery = connection.StartsWith("recovery", StringComparison.Ordinal);

        // Back come short messages: a cut between two of them loses one whole.
        long offset = back ? ShortMessageBytes * random.NextLong(random.Pick<long>([4, 8, 64])) + (random.NextInt(4) == 0 ? random.NextInt(8) : 0)
            : isRecovery && random.NextInt(2) == 0 ? random.NextLong(60)
            : isUrgent ? random.NextLong(random.Pick<long>([16, 300, UrgentRecordBytes, 1 + (8 * UrgentRecordBytes)]))
            : connection == "main" && random.NextInt(2) == 0
                ? (postcopy.StartsAtBytes ?? random.NextLong(1 + (ramBytes / 2))) + random.NextLong(1 + (ramBytes / 2))
            : ScenarioDraw.DrawOffset(random, ramBytes);
        long jump = random.NextLong(10_000 * VirtualDuration.Second) - (5_000 * VirtualDuration.Second);
        return new()
        {
            Kind = kind,
            Connection = kind == FaultKind.WallClockJump ? null : connection,
            Direction = back ? Direction.ServerToClient : Direction.ClientToServer,
            OffsetBytes = byTime || kind is FaultKind.Delay or FaultKind.Stall or FaultKind.WallClockJump ? null : offset,
            AtNanoseconds = random.NextLong(faultsEnd),
            DurationNanoseconds = kind == FaultKind.WallClockJump ? jump : random.NextLong(1 + (faultsEnd / 2)),
            Mask = (byte)(1 << random.NextInt(8)),
            Share = Ratio.OneIn(random.Between(2, 10)),
        };
    }
}
