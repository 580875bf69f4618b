using System.Globalization;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;
using Simulation.Engine.Loop;
using Simulation.Oracle;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;

namespace Simulation.Conformance;

/// <summary>Plays a case to our destination, in virtual time, so that one that waits for ever is known to.</summary>
internal sealed class DestinationTrial
{
    private readonly SimulationLoop _loop = new();

    /// <summary>Plays it.</summary>
    /// <param name="played">The case.</param>
    /// <param name="kind">The kind of host; null for the one that the case chooses.</param>
    /// <returns>What came of it.</returns>
    public TrialEnd Play(RefereeCase played, TrialHostKind? kind = null)
    {
        kind ??= TrialHostKind.Of(played);
        _loop.Reset(0);
        TrialEnvironment environment = new(_loop, played, kind.Options);
        using GuestMemory memory = new(environment, played.Profile);
        VirtualMachine guest = new(played.Autostart, MigrationTrace.None);
        IncomingMigration migration = new(environment, played.Profile, memory, guest, CapabilitiesOf(played), ParametersOf(played));
        migration.TryBegin();
        TrialSource source = new(_loop, migration, played, kind);
        _loop.Spawn("source", source.RunAsync);
        RunReport report = _loop.Run(RunLimits.Default);
        TrialEnd end = EndOf(migration.State, report);
        return end with
        {
            RunState = guest.State.ToQapi(),
            Figures = migration.State.Snapshot().Statistics,
            Ram = end.HasRam ? GuestMemory.Read(memory.Blocks[0], 0, (int)memory.Blocks[0].UsedLengthBytes).ToArray() : default(ReadOnlyMemory<byte>),
            Answers = ReturnPathText.Of(source.Answers),
        };
    }

    private static TrialEnd EndOf(MigrationIncomingState state, RunReport report)
    {
        if (report.Failure is { } thrown)
            return new(EndKind.Crashed, $"{thrown.GetType().Name}: {thrown.Message}");
        return state.Status switch
        {
            MigrationStatus.Completed => new(EndKind.Completed, ""),
            MigrationStatus.Failed => new(EndKind.Failed, $"{state.Error}") { Error = state.Error },
            MigrationStatus.Setup => new(EndKind.Waiting, "setup"),

            // As long as its source may come back.
            MigrationStatus.PostcopyPaused => new(EndKind.Waiting, "postcopy-paused"),
            _ => new(EndKind.Hung, report.ToString()),
        };
    }

    private static MigrationCapabilities CapabilitiesOf(RefereeCase played)
    {
        MigrationCapabilities capabilities = new();
        foreach (string name in played.Capabilities)
            capabilities.Set(name, true);
        return capabilities;
    }

    private static MigrationParameters ParametersOf(RefereeCase played)
    {
        MigrationParameters parameters = new();
        string? refusal = parameters.TrySet("multifd-channels", played.MultifdChannels.ToString(CultureInfo.InvariantCulture))
            ?? parameters.TrySet("multifd-compression", NameOf(played.Compression));
        return refusal is null ? parameters : throw new InvalidOperationException(refusal);
    }

    /// <summary>A compression as QMP spells it.</summary>
    /// <param name="compression">The compression.</param>
    /// <returns>Its name.</returns>
    public static string NameOf(OracleCompression compression) => compression switch
    {
        OracleCompression.Zlib => "zlib",
        OracleCompression.Zstd => "zstd",
        _ => "none",
    };

    private sealed class TrialEnvironment(SimulationLoop loop, RefereeCase played, HostOptions host) : DestinationEnvironment
    {
        public override TimeProvider TimeProvider => loop.TimeProvider;

        public override Task Spawn(string name, Func<Task> body) => loop.Spawn(name, body, isBackground: true).Completion;

        public override ValueTask Point(string site) => loop.Point(site);

        public override ValueTask Delay(TimeSpan duration) => loop.Delay((long)duration.TotalNanoseconds);

        public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) => new FilledRegion(played, lengthBytes, host);
    }

    private sealed unsafe class FilledRegion : GuestMemoryRegion
    {
        // A destination that writes beyond its RAM must not damage the harness before its verdict is compared.
        private const int SlackBytes = 64 << 10;
        private readonly NativeMemoryRegion _region;
        private WriteThroughFile _file;

        public FilledRegion(RefereeCase played, long lengthBytes, HostOptions host)
        {
            _file = new(host);
            _region = new(lengthBytes + SlackBytes);
            LengthBytes = lengthBytes;
            InitiallyZero = played.Poison == 0 && played.InitialRam.IsEmpty;
            if (!InitiallyZero)
                played.FillRam(new Span<byte>(_region.Address, (int)lengthBytes));
        }

        public override byte* Address => _region.Address;

        public override long LengthBytes { get; }

        public override bool InitiallyZero { get; }

        public override bool IsWrittenThrough => _file.TakesWrites;

        public override void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
        {
            _file.Note(offset, (long)pieceBytes * count, LengthBytes);
            base.Write(offset, in source, pieceBytes, strideBytes, count);
        }

        protected override void Dispose(bool disposing) => _region.Dispose();
    }
}
