using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Source.Multifd;

namespace Simulation.Scenarios.Options;

/// <summary>Draws what a migration with postcopy has, and what goes wrong there: in every phase, on every connection, in both
/// directions.</summary>
internal static class PostcopyDraw
{
    /// <summary>Bytes of a PONG, and of a request that names no block.</summary>
    private const int ShortMessageBytes = 8;

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
        };

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

    /// <summary>A bandwidth at which the first pass over RAM takes several PARTs: the source looks between two of them whether it shall go
    /// over to postcopy.</summary>
    public static MigrationOptions Pace(Prng random, MigrationOptions migration, long ramBytes) => random.Chance(Ratio.Percent(35)) ? migration
        : migration with { MaxBandwidth = Math.Max(LeastBandwidth, ramBytes * PartsPerSecond / random.Between(2, 12)) };

    /// <summary>Draws what goes wrong. Where the first loss is drawn there are often others behind it: in the recovery, and twice.</summary>
    public static FaultOptions[] DrawFaults(Prng random, PostcopyOptions postcopy, long ramBytes, long faultsEnd)
    {
        FaultOptions[] faults = new FaultOptions[1 + random.PickWeighted([40, 30, 20, 10])];
        int recovery = 0;
        for (int i = 0; i < faults.Length; i++)
        {
            // The channel for urgent pages is lost with main only: the oracle knows no requests, so it cannot say how a loss of that one ends.
            string connection = random.PickWeighted([5, i > 0 ? 5 : 1]) == 0 ? "main" : $"recovery/{++recovery}";
            faults[i] = DrawFault(random, connection, postcopy, ramBytes, faultsEnd);
        }

        return faults;
    }

    private static FaultOptions DrawFault(Prng random, string connection, PostcopyOptions postcopy, long ramBytes, long faultsEnd)
    {
        FaultKind kind = (FaultKind)random.PickWeighted([35, 30, 3, 8, 8, 12, 4]);
        bool back = random.Chance(Ratio.Percent(25)) && kind != FaultKind.Corrupt;
        bool byTime = random.Chance(Ratio.Percent(35)) && kind is FaultKind.Reset or FaultKind.Truncate;
        bool isRecovery = connection.StartsWith("recovery", StringComparison.Ordinal);

        // Back come short messages: a cut between two of them loses one whole.
        long offset = back ? ShortMessageBytes * random.NextLong(random.Pick<long>([4, 8, 64])) + (random.NextInt(4) == 0 ? random.NextInt(8) : 0)
            : isRecovery && random.NextInt(2) == 0 ? random.NextLong(60)
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
