using System.Globalization;
using Simulation.Engine.Choices;
using Simulation.Oracle;
using Simulation.Scenarios;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;
using Simulation.Scenarios.Recording;
using Simulation.Source.Deviations;
using Simulation.Source.Multifd;
using Simulation.Source.Savevm;

namespace Simulation.Conformance;

/// <summary>
/// Cases from seeds: a scenario of the simulator put on the one machine that starts fast, <c>none</c> with a small block of RAM. Half
/// of them deviate from the format, each mode as likely as any other; a third has a byte corrupted or a connection cut. A fifth are of
/// postcopy: streams made here, of one connection each, and sessions that the simulated source writes.
/// </summary>
internal static class RefereeDraw
{
    /// <summary>The one block of RAM of every case.</summary>
    public const string BlockName = "m0";

    /// <summary>Draws a case.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <returns>The case.</returns>
    public static RefereeCase Draw(ulong seed)
    {
        SeedStreams streams = new SeedStreams(seed).Within("referee");
        Prng postcopy = streams.Stream("postcopy");
        if (postcopy.Chance(Ratio.Percent(20)))
            return postcopy.Chance(Ratio.Percent(50)) ? PostcopyCases.Draw(postcopy, seed) : PostcopySessions.Draw(postcopy, seed);
        Prng random = streams.Stream("case");
        DeviantModeInfo? mode = random.Chance(Ratio.Percent(50)) ? random.Pick<DeviantModeInfo>([.. DeviantModes.All]) : null;
        ScenarioOptions drawn = ScenarioOptions.Draw(seed);

        MigrationOptions precopy = drawn.Migration with { Postcopy = null };
        MigrationOptions migration = mode is null ? precopy : Fit(precopy, mode.Site);
        int pages = random.Pick<int>([2, 4, 16, 16, 64, 64, 130, 256, 512]);
        ScenarioOptions options = drawn with
        {
            Migration = migration with { FileOffset = 0 },
            Blocks = [new BlockOptions(BlockName, pages)],
            Monitor = drawn.Monitor with { Quits = QuitMoment.Never },

            // A real destination leaves what was in memory where a zero page comes first that way (L7): mostly there is nothing.
            PoisonByte = (migration.Multifd || migration.MappedRam) && random.Chance(Ratio.Percent(85)) ? null : drawn.PoisonByte,
            Faults = random.Chance(Ratio.Percent(33)) ? [DrawFault(streams.Stream("fault"), migration, pages)] : [],
            Deviations = mode is null ? [] : [DrawDeviation(streams.Stream("deviation"), mode, migration, pages)],
        };
        string odd = mode is null ? "" : $", {mode.Mode}";
        RefereeCase plain = Of(
            options, string.Create(CultureInfo.InvariantCulture, $"seed {seed}{odd}"), ["--seed", seed.ToString(CultureInfo.InvariantCulture)]);
        return plain.HasChannels ? plain with { Connections = Shuffle(streams.Stream("order"), plain.Connections) } : plain;
    }

    /// <summary>A scenario as a case: its machine becomes the machine <c>none</c>, its RAM one block.</summary>
    /// <param name="options">The scenario.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="arguments">What judges it again.</param>
    /// <returns>The case.</returns>
    public static RefereeCase Of(ScenarioOptions options, string name, IReadOnlyList<string> arguments)
    {
        ScenarioOptions fitting = Fit(options);
        ScenarioRecording recording = ScenarioRecording.Of(fitting);
        MigrationOptions migration = fitting.Migration;
        return new RefereeCase
        {
            Name = name,
            Arguments = arguments,
            Profile = recording.Profile,
            Machine = recording.Machine with { Autostart = !options.Machine.StartsPaused },
            Capabilities = recording.Capabilities,
            MultifdChannels = Math.Max(1, migration.MultifdChannels),
            Compression = ScenarioMachine.OracleCompressionOf(migration.MultifdCompression),
            IsFile = migration.Transport == Transport.File,
            Autostart = !options.Machine.StartsPaused,
            Poison = options.PoisonByte ?? 0,
            Connections = [.. recording.Connections.Select(connection =>
                new RefereeConnection(connection.Bytes) { Leg = connection.Leg, IsUrgent = connection.IsUrgent })],
            Log = migration.Postcopy is null ? null : recording.Log,
        };
    }

    /// <summary>What the source of a scenario writes on the machine <c>none</c>.</summary>
    /// <param name="options">The scenario.</param>
    public static ScenarioRecording RecordingOf(ScenarioOptions options) => ScenarioRecording.Of(Fit(options));

    private static ScenarioOptions Fit(ScenarioOptions options)
    {
        // QEMU gives a machine a multiple of 8 KiB.
        int pages = (Math.Max(1, options.Blocks.Sum(block => block.Pages)) + 1) & ~1;
        return options with
        {
            // The machine none has no version that would say whether the source waits for an ACK.
            Machine = options.Machine with { DeviceCount = 0, HasRichDevices = false, Name = null, PageBits = null, AckIsUnknown = true, SourceNeedsNoAck = false },
            Strangers = [],
            Host = new(),

            // Memory that is a shared file counts as shared.
            Blocks = [new BlockOptions(BlockName, pages) { Shared = true }],
        };
    }

    // A mode needs a migration in which its structure occurs.
    private static MigrationOptions Fit(MigrationOptions migration, StructureKind site) => site switch
    {
        StructureKind.MultifdInitial or StructureKind.MultifdPacket => migration with
        {
            Transport = Transport.Socket,
            Multifd = true,
            MappedRam = false,
            Xbzrle = false,
            MultifdChannels = Math.Clamp(migration.MultifdChannels, 2, 4),
        },
        StructureKind.MappedRamHeader => migration with
        {
            Transport = Transport.File,
            MappedRam = true,
            ReturnPath = false,
            SwitchoverAck = false,
            Xbzrle = false,
            MultifdCompression = MultifdCompression.None,
        },
        StructureKind.PageRecord => migration with { Multifd = false, MappedRam = false, MultifdCompression = MultifdCompression.None },
        _ => migration,
    };

    private static FaultOptions DrawFault(Prng random, MigrationOptions migration, int pages)
    {
        bool hasChannels = migration.Multifd && !migration.MappedRam;
        bool onMain = !hasChannels || random.Chance(Ratio.Percent(40));
        return new FaultOptions
        {
            Kind = random.Chance(Ratio.Percent(60)) ? FaultKind.Corrupt : FaultKind.Truncate,
            Connection = onMain ? "main" : string.Create(CultureInfo.InvariantCulture, $"multifd/{random.NextInt(migration.MultifdChannels)}"),
            OffsetBytes = DrawOffset(random, pages),
            Mask = (byte)(1 << random.NextInt(8)),
        };
    }

    private static SourceDeviation DrawDeviation(Prng random, DeviantModeInfo mode, MigrationOptions migration, int pages) => new(mode.Mode)
    {
        Occurrence = random.Chance(Ratio.Percent(25)) ? mode.Occurrence + random.NextInt(3) : null,
        Channel = migration.Multifd ? random.NextInt(migration.MultifdChannels) : 0,
        CutAt = DrawOffset(random, pages),
    };

    // Headers are as likely as all of RAM.
    private static long DrawOffset(Prng random, int pages) => random.NextInt(3) switch
    {
        0 => random.NextLong(400),
        1 => random.NextLong(1 + (((long)pages << 12) >> random.NextInt(10))),
        _ => random.NextLong((long)pages << 12),
    };

    // Connections may come in any order, and one of them not at all.
    private static RefereeConnection[] Shuffle(Prng random, IReadOnlyList<RefereeConnection> connections)
    {
        RefereeConnection[] shuffled = [.. connections];
        if (random.Chance(Ratio.Percent(30)))
            random.Shuffle<RefereeConnection>(shuffled);
        return random.Chance(Ratio.Percent(3)) ? shuffled[..^1] : shuffled;
    }
}
