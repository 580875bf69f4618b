using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Options;

/// <summary>
/// Draws scenarios. Swarm: each seed switches every feature and fault on or off first, so that runs differ in kind and not only in
/// numbers. Nine of ten guests are small: nearly every bug shows with a few pages, and a run costs what its guest has. Three of ten
/// sources leave the format; in most of those nothing else goes wrong, so that each of the many ways to do it is met soon. About four of
/// ten runs have neither that nor a fault. Each part draws from a stream of its own.
/// </summary>
internal static class ScenarioDraw
{
    private const long Mebibyte = 1 << 20;

    /// <summary>How often a guest writes each page while it is migrated once, at most.</summary>
    private const long WritesOfPage = 128;

    /// <summary>Most pages of a guest whose pages are larger than the usual ones.</summary>
    private const int MostLargePages = 256;

    /// <summary>The largest pages that have deltas: a run of a delta has 14 bits (stream reference, section 3.1).</summary>
    private const int LongestDeltaPageBits = 14;

    /// <summary>How often the time of one migration a guest writes at most at the pace drawn for it.</summary>
    private const long LongestLife = 8;

    /// <summary>The usual poison: one byte for most runs, so that memory does not have to be filled anew for each.</summary>
    private const byte Poison = 0xa5;

    /// <summary>What a multifd channel begins with (stream reference, section 4.2), in bytes.</summary>
    private const long FirstPacketBytes = 64;

    /// <summary>A multifd packet for pages of 4096 bytes without payload (stream reference, section 4.3), in bytes.</summary>
    private const long EmptyPacketBytes = 1344;

    public static ScenarioOptions Draw(ulong seed)
    {
        SeedStreams streams = new SeedStreams(seed).Within("scenario");
        Prng character = streams.Stream("character");
        bool isDeviant = character.Chance(Ratio.Percent(30));
        bool isPlain = isDeviant && character.Chance(Ratio.Percent(60));
        bool isFaulty = character.Chance(Ratio.Percent(45)) && !isPlain;
        bool isSmall = character.Chance(Ratio.Percent(90)) || isPlain;
        MigrationOptions migration = DrawMigration(streams.Stream("migration"));
        MigrationOptions precopy = migration;
        Prng postcopy = streams.Stream("postcopy");
        bool isPostcopy = postcopy.Chance(Ratio.Percent(20));
        if (isPostcopy)
            migration = PostcopyDraw.Adapt(migration);
        MachineOptions machine = DrawMachine(streams.Stream("machine"));
        IReadOnlyList<BlockOptions> blocks = BlockDraw.Draw(
            streams.Stream("blocks"), machine.DeviceCount > 0, isSmall, migration.MappedRam);
        if (isPostcopy)
            blocks = [.. blocks.Select(block => block with { FreePages = 0 })];
        bool isWide = isPostcopy && postcopy.Chance(Ratio.Percent(6));
        if (isWide)
            blocks = [PostcopyDraw.DrawWideBlock(postcopy)];
        if (isPostcopy && postcopy.Chance(Ratio.Percent(20)))
            blocks = PostcopyDraw.DrawGrowing(postcopy, blocks);
        if (machine.PageBits is not null && blocks.Sum(block => Math.Max(block.Pages, block.MappedPages)) > MostLargePages)
            machine = machine with { PageBits = null };
        if (machine.PageBits > LongestDeltaPageBits && migration.Xbzrle)
            machine = machine with { PageBits = LongestDeltaPageBits };
        long ramBytes = ScenarioBudget.RamBytesOf(blocks, machine.PageBytes);
        if (isPostcopy)
            migration = PostcopyDraw.Pace(postcopy, migration, ramBytes);
        LinkOptions link = DrawPace(streams.Stream("pace"), DrawLink(streams.Stream("link")), migration, ramBytes);
        long duration = migration.Transport == Transport.File
            ? VirtualDuration.Millisecond : ScenarioBudget.DurationOf(migration, link, ramBytes);
        long faultsEnd = DrawFaultsEnd(streams.Stream("end"), duration);
        if (isPostcopy)
            migration = PostcopyDraw.WithChannels(migration with { Postcopy = PostcopyDraw.Draw(postcopy, migration, ramBytes, duration) }, precopy);
        if (isWide)
            migration = PostcopyDraw.AtSecondRound(migration);
        isDeviant |= isPostcopy && postcopy.Chance(Ratio.Percent(20));
        isFaulty |= isPostcopy && postcopy.Chance(Ratio.Percent(50));
        bool hasStrangers = character.Chance(Ratio.Percent(15)) && !isPlain && migration.Transport == Transport.Socket;
        ScenarioOptions options = new()
        {
            Seed = seed,
            Machine = machine,
            Blocks = blocks,
            Guest = isWide ? PostcopyDraw.WideGuest(ramBytes / machine.PageBytes, duration)
                : DrawGuest(streams.Stream("guest"), duration, faultsEnd, ramBytes / machine.PageBytes, migration.Xbzrle),
            Migration = migration,
            Link = link,
            Host = DrawHost(streams.Stream("host"), migration),
            Monitor = DrawMonitor(streams.Stream("monitor"), duration, migration.Transport, isPostcopy),
            Faults = migration.Postcopy is { } drawn && isFaulty ? PostcopyDraw.DrawFaults(postcopy, drawn, ramBytes, faultsEnd)
                : isFaulty ? DrawFaults(streams.Stream("faults"), migration, ramBytes, faultsEnd) : [],
            Strangers = hasStrangers ? DrawStrangers(streams.Stream("strangers"), faultsEnd) : [],
            Deviations = isDeviant && isPostcopy ? DeviationDraw.DrawInPostcopy(streams.Stream("deviations"), migration.Postcopy!.Preempt)
                : isDeviant ? DeviationDraw.Draw(streams.Stream("deviations"), migration, ramBytes, isPlain) : [],
            FaultsEndNanoseconds = faultsEnd,
            PoisonByte = character.PickWeighted([75, 20, 5]) switch
            {
                _ when blocks.Any(block => block.FreePages > 0) => null,
                0 => Poison,
                1 => null,
                _ => (byte)(1 + character.NextInt(255)),
            },
            Strategy = character.Pick<string>(["portfolio", "portfolio", "random", "sticky", "pct", "hash-pct", "round-robin", "fifo"]),
        };
        return options.Problem() is { } problem
            ? throw new Engine.HarnessException($"seed {seed} draws a scenario in which {problem}")
            : options;
    }

    private static MigrationOptions DrawMigration(Prng random)
    {
        Transport transport = (Transport)random.PickWeighted([76, 8, 16]);
        bool mapped = random.Chance(Ratio.Percent(75)) && transport == Transport.File;
        bool multifd = random.Chance(Ratio.Percent(40)) && (mapped || transport == Transport.Socket);
        bool returnPath = random.Chance(Ratio.Percent(60)) && transport != Transport.File;
        bool xbzrle = random.Chance(Ratio.Percent(45)) && !multifd && !mapped;
        int compression = random.NextInt(4);
        return new()
        {
            Transport = transport,
            MappedRam = mapped,
            Multifd = multifd,
            ReturnPath = returnPath,
            Xbzrle = xbzrle,
            SwitchoverAck = random.Chance(Ratio.Percent(30)) && returnPath,
            ValidateUuid = random.Chance(Ratio.Percent(15)),
            IgnoreShared = random.Chance(Ratio.Percent(20)),
            Events = random.Chance(Ratio.Percent(70)),
            MaxBandwidth = random.Pick<long>([0, 128 * Mebibyte, 128 * Mebibyte, 16 * Mebibyte, 2 * Mebibyte]),
            DowntimeLimit = random.Pick<int>(xbzrle ? [300, 5, 1, 1, 0, 0, 0, 0] : [300, 100, 20, 5, 1, 1, 0, 0, 2000]),
            XbzrleCachePages = xbzrle ? 1 << random.Between(2, 11) : 0,
            MultifdChannels = multifd ? DrawChannels(random) : 0,
            ConnectsInAnyOrder = multifd && random.Chance(Ratio.Percent(20)),
            HasUnequalLinks = multifd && random.Chance(Ratio.Percent(20)),
            MultifdCompression = multifd && !mapped && compression < 3 ? (MultifdCompression)compression : MultifdCompression.None,
            ZeroPageDetection = (ZeroPageDetection)random.PickWeighted([1, 2, 4]),
            FileOffset = DrawFileOffset(random, mapped),
            MainConnectsLast = multifd && random.Chance(Ratio.Percent(20)),
        };
    }

    private static int DrawChannels(Prng random) => random.PickWeighted([195, 4, 1]) switch
    {
        0 => random.Pick<int>([1, 2, 2, 3, 4, 8]),
        1 => random.Between(9, 40),
        _ => random.Between(41, 255),
    };

    private static long DrawFileOffset(Prng random, bool mapped) => !mapped || !random.Chance(Ratio.Percent(15)) ? 0
        : random.Pick<long>([512, 4096, Mebibyte + 1, (1L << 32) - 4096, (1L << 32) + 512, 5L << 30]);

    // What a plain socket does is drawn most often, and where it makes a difference: only multifd knows where bytes go before they come.
    private static HostOptions DrawHost(Prng random, MigrationOptions migration)
    {
        bool lends = random.Chance(Ratio.Percent(50));
        ChannelKind kind = (ChannelKind)random.PickWeighted(migration.Multifd ? [25, 55, 20] : [60, 20, 20]);
        bool isWrittenThrough = random.Chance(Ratio.Percent(30));
        bool refuses = random.Chance(Ratio.Percent(30));
        long refusesAfter = 1 + random.NextLong(random.Pick<long>([16 << 10, 256 << 10, Mebibyte]));
        return new()
        {
            Channel = migration.Transport != Transport.File ? kind : lends ? ChannelKind.Lent : ChannelKind.Copied,
            Memory = isWrittenThrough ? MemoryKind.WrittenThrough : MemoryKind.Private,
            RefusesAfterBytes = isWrittenThrough && refuses ? refusesAfter : 0,
            Readers = migration is { MappedRam: true, Multifd: true } && random.Chance(Ratio.Percent(50))
                ? random.PickWeighted([2, 1, 1]) : null,
            UptimeNanoseconds = random.Chance(Ratio.Percent(50)) ? random.NextLong(HostOptions.LongestUptimeNanoseconds) : 0,
            ClockTicksPerNanosecond = random.Pick<int>([1, 1, 3, 4]),
        };
    }

    // What came later is drawn last.
    private static MachineOptions DrawMachine(Prng random)
    {
        MachineOptions machine = DrawPlainMachine(random);
        bool isRich = machine.DeviceCount > 0 && random.Chance(Ratio.Percent(50));
        bool isNamed = !machine.AckIsUnknown && random.Chance(Ratio.Percent(50));
        byte[] uuid = new byte[16];
        random.NextBytes(uuid);
        bool hasLargePages = random.Chance(Ratio.Percent(6));
        return machine with
        {
            PageBits = hasLargePages ? random.Pick<int>([14, 14, 16, 13]) : null,
            HasRichDevices = isRich,
            Name = isNamed ? NameLibrary.Machine(random) : null,
            Uuid = machine.HasUuid ? new Guid(uuid) : null,
        };
    }

    private static MachineOptions DrawPlainMachine(Prng random) => new()
    {
        DeviceCount = random.Chance(Ratio.Percent(50)) ? random.Between(1, 12) : 0,
        HasUuid = random.Chance(Ratio.Percent(25)),
        OmitsConfiguration = random.Chance(Ratio.Percent(5)),
        OmitsSectionFooters = random.Chance(Ratio.Percent(5)),
        OmitsSwitchoverStart = random.Chance(Ratio.Percent(15)),
        OmitsGlobalState = random.Chance(Ratio.Percent(5)),
        OmitsDescription = random.Chance(Ratio.Percent(15)),
        FlushesAfterEachSection = random.Chance(Ratio.Percent(15)),
        RunState = random.Chance(Ratio.Percent(20))
            ? random.Pick<string>(["paused", "shutdown", "suspended", "io-error", "guest-panicked", "prelaunch"]) : null,
        StartsPaused = random.Chance(Ratio.Percent(20)),
        SourceFlushesByRecord = random.Chance(Ratio.Percent(12)),
        SourceIsOlder = random.Chance(Ratio.Percent(12)),
        SourceNeedsNoAck = random.Chance(Ratio.Percent(40)),
        AckIsUnknown = random.Chance(Ratio.Percent(40)),
        SourceFlushesAfterEachSection = random.Chance(Ratio.Percent(4)),
    };

    private static LinkOptions DrawLink(Prng random)
    {
        bool isSlow = random.Chance(Ratio.Percent(15));
        bool isShort = random.Chance(Ratio.Percent(20));
        bool isNarrow = random.Chance(Ratio.Percent(25));
        return new()
        {
            LatencyNanoseconds = random.Pick<long>([0, 0, 5_000, 100_000, 1_000_000, 40_000_000]),
            JitterNanoseconds = random.Chance(Ratio.Percent(40)) ? random.NextLong(2 * VirtualDuration.Millisecond) : 0,
            BytesPerSecond = isSlow ? random.Between(64 << 10, 2 * Mebibyte)
                : random.Pick<long>([0, 12 * Mebibyte, 120 * Mebibyte, 1200 * Mebibyte]),
            AcceptDelayNanoseconds = random.Chance(Ratio.Percent(30)) ? random.NextLong(5 * VirtualDuration.Millisecond) : 0,
            WindowBytes = isNarrow ? random.Between(4 << 10, 64 << 10) : 256 << 10,
            MaximumChunkBytes = random.Chance(Ratio.Percent(20)) ? random.Between(1460, 16 << 10) : 64 << 10,
            ShortReads = isShort ? random.Pick<Ratio>([Ratio.Percent(2), Ratio.Percent(10), Ratio.Percent(30)]) : Ratio.Zero,
            MaximumShortReadBytes = isShort ? random.Pick<int>([1, 16, 500, 5000]) : 16,
        };
    }

    // A source goes by what it has measured in a tenth of a second: a guest that is gone by then never iterates, and has no deltas.
    private static LinkOptions DrawPace(Prng random, LinkOptions link, MigrationOptions migration, long ramBytes) =>
        random.Chance(Ratio.Percent(migration.Xbzrle ? 50 : 5))
            ? link with { BytesPerSecond = Math.Max(64 << 10, ramBytes * random.Between(1, 5)), WindowBytes = 16 << 10 << random.NextInt(3) }
            : link;

    // Two to four times the whole guest is enough to iterate; a run must not spend its time on one that never converges.
    private static long DrawFaultsEnd(Prng random, long duration) =>
        Math.Max(duration * random.Between(150, 400) / 100, 250 * VirtualDuration.Millisecond);

    // The number of writes follows the speed of the link, so that most guests converge and some do not. It is bounded by the guest's pages
    // and by its life: each write costs time, and writing a page again and again shows nothing new.
    // Deltas need pages that are written again and again.
    private static GuestOptions DrawGuest(Prng random, long duration, long faultsEnd, long pages, bool xbzrle)
    {
        DirtyPattern pattern = (DirtyPattern)random.PickWeighted(xbzrle ? [5, 20, 50, 10, 15] : [25, 15, 25, 15, 20]);
        long writes = random.Pick<long>(xbzrle ? [2000, 8000, 32_000] : [20, 100, 400, 2000]);
        writes = Math.Min(writes, WritesOfPage * pages);
        long span = Math.Max(duration, faultsEnd / LongestLife);
        return new()
        {
            Content = random.PickWeighted([50, 10, 12, 13, 15]) switch
            {
                0 => ContentMix.Typical,
                1 => ContentMix.AllZero,
                2 => new ContentMix(90, 4, 2, 2, 2),
                3 => new ContentMix(0, 25, 10, 5, 10),
                _ => new ContentMix(random.NextInt(10), 1 + random.NextInt(10), random.NextInt(10), random.NextInt(10), random.NextInt(10)),
            },
            Pattern = pattern,
            PagesPerSecond = pattern == DirtyPattern.Idle ? 0 : Math.Min(1_000_000, 1 + (writes * VirtualDuration.Second / span)),
            WorkingSetPages = random.Pick<int>([1, 4, 16, 64, 256]),
            BurstPeriodNanoseconds = 1 + (duration / random.Between(1, 20)),
            BytesPerWrite = random.Pick<int>([1, 16, 64, 512, 4096]),
        };
    }

    private static MonitorOptions DrawMonitor(Prng random, long duration, Transport transport, bool isPostcopy)
    {
        int commands = random.Pick<int>([0, 4, 8, 16, 40]);
        long mean = duration / Math.Max(1, commands);
        long latency = random.Pick<long>([0, 0, 20_000, 200_000, VirtualDuration.Millisecond]);
        QuitMoment quits = (QuitMoment)random.PickWeighted([70, 25, 2, 3]);
        return new()
        {
            StartsAtNanoseconds = random.Chance(Ratio.Percent(30)) ? random.NextLong(10 * VirtualDuration.Millisecond) : 0,
            CommandCount = commands,
            IntervalNanoseconds = random.Chance(Ratio.Percent(15)) ? 0 : random.Chance(Ratio.Percent(50)) ? mean : 1 + (mean / 8),
            ReactsAtOnce = random.Chance(Ratio.Percent(50)),
            IsAwkward = random.Chance(Ratio.Percent(35)),
            FirstAddressIsTaken = random.Chance(Ratio.Percent(8)),
            LatencyNanoseconds = latency,
            JitterNanoseconds = latency == 0 ? 0 : random.NextLong(latency),
            ReadsShort = random.Chance(Ratio.Percent(10)),
            SetsUpByCommand = random.Chance(Ratio.Percent(25)),
            Reconnects = random.Chance(Ratio.Percent(8)),
            Visitors = random.PickWeighted([75, 15, 7, 3]),
            ExitsOnError = random.Chance(Ratio.Percent(10)),
            Quits = quits == QuitMoment.UnderWay && (transport == Transport.File || isPostcopy) ? QuitMoment.AtTheEnd : quits,
        };
    }

    private static FaultOptions[] DrawFaults(Prng random, MigrationOptions migration, long ramBytes, long faultsEnd)
    {
        if (migration is { Multifd: true, Transport: Transport.Socket } && random.Chance(Ratio.Percent(5)))
            return DrawEarlyDeath(random, migration);
        // A file is not late: it can end, fail or be wrong.
        int[] weights = migration.Transport == Transport.File ? [25, 25, 25, 0, 0, 0, 10] : [25, 25, 25, 20, 20, 10, 10];
        // Swarm within faults: some kinds are off for the whole run.
        for (int kind = 0; kind < weights.Length; kind++)
            weights[kind] *= random.NextInt(2);
        if (weights.Sum() == 0)
            return [];
        FaultOptions[] faults = new FaultOptions[1 + random.PickWeighted([60, 25, 10, 5])];
        for (int i = 0; i < faults.Length; i++)
            faults[i] = DrawFault(random, (FaultKind)random.PickWeighted(weights), migration, ramBytes, faultsEnd);
        return faults;
    }

    // The source dies while it connects: of each connection more or less has arrived of the first words.
    private static FaultOptions[] DrawEarlyDeath(Prng random, MigrationOptions migration)
    {
        FaultOptions[] faults = new FaultOptions[1 + migration.MultifdChannels];
        for (int i = 0; i < faults.Length; i++)
        {
            faults[i] = new()
            {
                Kind = FaultKind.Truncate,
                Connection = i == 0 ? "main" : $"multifd/{i - 1}",
                Direction = Direction.ClientToServer,
                OffsetBytes = random.NextLong(random.Pick<long>([4, FirstPacketBytes, FirstPacketBytes, 200])),
            };
        }

        return faults;
    }

    private static FaultOptions DrawFault(
        Prng random, FaultKind kind, MigrationOptions migration, long ramBytes, long faultsEnd)
    {
        bool multifd = migration.Multifd && !migration.MappedRam;
        int channel = multifd ? random.NextInt(migration.MultifdChannels) : 0;
        bool onMain = random.Chance(Ratio.Percent(50)) || !multifd;
        bool back = random.Chance(Ratio.Percent(15)) && migration.ReturnPath && onMain;
        long length = migration.MappedRam ? ramBytes + Mebibyte : onMain && !multifd ? ramBytes : ramBytes / (channel + 1);
        long offset = DrawOffset(random, back ? 40 : length);

        // A channel may also end where it may not look like a fault: between its first packets, which have no payload.
        if (!onMain && random.NextInt(3) == 0)
            offset = FirstPacketBytes + (random.NextInt(4) * EmptyPacketBytes);
        bool byTime = random.Chance(Ratio.Percent(30)) && kind is FaultKind.Reset or FaultKind.Truncate && migration.Transport != Transport.File;
        long jump = random.NextLong(10_000 * VirtualDuration.Second) - (5_000 * VirtualDuration.Second);
        return new()
        {
            Kind = kind,
            Connection = kind == FaultKind.WallClockJump ? null : onMain ? "main" : $"multifd/{channel}",
            Direction = back ? Direction.ServerToClient : Direction.ClientToServer,
            OffsetBytes = byTime || kind is FaultKind.Delay or FaultKind.Stall or FaultKind.WallClockJump ? null : offset,
            AtNanoseconds = random.NextLong(faultsEnd),
            DurationNanoseconds = kind == FaultKind.WallClockJump ? jump : random.NextLong(1 + (faultsEnd / 2)),
            Mask = (byte)(1 << random.NextInt(8)),
            Share = Ratio.OneIn(random.Between(2, 10)),
        };
    }

    // A third of the offsets falls into headers, a third anywhere by order of magnitude, a third anywhere.
    internal static long DrawOffset(Prng random, long length) => random.NextInt(3) switch
    {
        0 => random.NextLong(Math.Clamp(length, 1, 400)),
        1 => random.NextLong(Math.Max(1, length >> random.NextInt(12))),
        _ => random.NextLong(Math.Max(1, length)),
    };

    private static StrangerOptions[] DrawStrangers(Prng random, long faultsEnd)
    {
        StrangerOptions[] strangers = new StrangerOptions[random.Between(1, 3)];
        for (int i = 0; i < strangers.Length; i++)
        {
            StrangerKind kind = (StrangerKind)random.NextInt(5);
            long at = random.NextLong(random.NextInt(2) == 0 ? VirtualDuration.Millisecond : faultsEnd);
            strangers[i] = new(kind, at, kind switch
            {
                StrangerKind.Closes => 0,
                StrangerKind.ComesLate => (int)FirstPacketBytes,
                StrangerKind.Idles => random.NextInt(4),
                _ => random.Between(1, 600),
            });
        }

        return strangers;
    }
}
