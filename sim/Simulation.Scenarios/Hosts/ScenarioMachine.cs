using System.Globalization;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Engine.Choices;
using Simulation.Oracle;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Postcopy;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Scenarios.Hosts;

/// <summary>One machine three times: as its source, its destination and the oracle know it.</summary>
internal sealed class ScenarioMachine
{
    private const int FirstDeviceSection = 10;
    private const int GlobalStateSection = 3;
    private static readonly Guid UsualUuid = new("3c9a4bb5-2f64-4d0b-9a1d-5d1e8c7f6b21");

    private readonly ScenarioOptions _options;

    public ScenarioMachine(ScenarioOptions options)
    {
        _options = options;
        DrawnDevice[] devices = DrawnDevices.Of(options);
        Source = MakeSource(options, devices);
        Profile = MakeProfile(options, devices);
        Oracle = MakeOracle(options, devices);
        Layout = [.. options.Blocks.Select((block, index) => (Block: block, Index: index)).Where(item => !item.Block.Stays)
            .Select(item => new RamBlockLayout(item.Block.Name, Bytes(options, item.Block.Pages + item.Block.FreePages))
            {
                FreeAtBytes = Bytes(options, item.Block.Pages / 2),
                FreeBytes = Bytes(options, item.Block.FreePages),
                Shared = item.Block.Shared,
                GuestAddress = AddressOf(item.Index),
            })];
        SourceOptions = MakeSourceOptions(options.Migration, options.Machine.PageBytes);
    }

    /// <summary>As the source knows it.</summary>
    public SourceMachine Source { get; }

    /// <summary>As the destination knows it.</summary>
    public MachineProfile Profile { get; }

    /// <summary>As the oracle knows it.</summary>
    public OracleMachine Oracle { get; }

    /// <summary>The source's RAM as far as it migrates.</summary>
    public IReadOnlyList<RamBlockLayout> Layout { get; }

    /// <summary>The source's capabilities and parameters.</summary>
    public SourceOptions SourceOptions { get; }

    /// <summary>Names of the capabilities that are on at the destination.</summary>
    public IEnumerable<string> CapabilityNames => CapabilityNamesOf(_options.Migration);

    /// <summary>Names of the capabilities that are on at the destination.</summary>
    /// <param name="migration">How the guest is migrated.</param>
    /// <returns>QAPI names.</returns>
    public static IEnumerable<string> CapabilityNamesOf(MigrationOptions migration)
    {
        if (migration.Xbzrle)
            yield return "xbzrle";
        if (migration.Events)
            yield return "events";
        if (migration.ReturnPath)
            yield return "return-path";
        if (migration.Multifd)
            yield return "multifd";
        if (migration.IgnoreShared)
            yield return "x-ignore-shared";
        if (migration.ValidateUuid)
            yield return "validate-uuid";
        if (migration.SwitchoverAck)
            yield return "switchover-ack";
        if (migration.MappedRam)
            yield return "mapped-ram";
        if (migration.Postcopy is not null)
            yield return "postcopy-ram";
        if (migration.Postcopy is { Preempt: true })
            yield return "postcopy-preempt";
        if (migration.Postcopy is { MeasuresBlockTime: true })
            yield return "postcopy-blocktime";
    }

    /// <summary>The destination's capabilities, as its command line sets them.</summary>
    public MigrationCapabilities NewCapabilities()
    {
        MigrationCapabilities capabilities = new();
        if (_options.Monitor.SetsUpByCommand)
            return capabilities;
        foreach (string name in CapabilityNames)
            capabilities.Set(name, true);
        return capabilities;
    }

    /// <summary>The destination's parameters, as its command line sets them.</summary>
    public MigrationParameters NewParameters()
    {
        MigrationParameters parameters = new();
        if (!_options.Migration.Multifd || _options.Monitor.SetsUpByCommand)
            return parameters;
        string channels = _options.Migration.MultifdChannels.ToString(CultureInfo.InvariantCulture);
        string? refusal = parameters.TrySet("multifd-channels", channels)
            ?? parameters.TrySet("multifd-compression", CompressionName(_options.Migration.MultifdCompression));
        return refusal is null ? parameters : throw new Engine.HarnessException(refusal);
    }

    private static long Bytes(ScenarioOptions options, int pages) => (long)pages * options.Machine.PageBytes;

    private static ulong AddressOf(int index) => (ulong)index << 40;

    /// <summary>The QAPI name of a compression.</summary>
    /// <param name="compression">The compression.</param>
    /// <returns>Its name.</returns>
    public static string CompressionName(MultifdCompression compression) => compression switch
    {
        MultifdCompression.Zlib => "zlib",
        MultifdCompression.Zstd => "zstd",
        _ => "none",
    };

    /// <summary>The compression of multifd channels, as the oracle names it.</summary>
    /// <param name="compression">As scenarios name it.</param>
    public static OracleCompression OracleCompressionOf(MultifdCompression compression) => compression switch
    {
        MultifdCompression.Zlib => OracleCompression.Zlib,
        MultifdCompression.Zstd => OracleCompression.Zstd,
        _ => OracleCompression.None,
    };

    private static SourceMachine MakeSource(ScenarioOptions options, DrawnDevice[] devices)
    {
        MachineOptions machine = options.Machine;
        List<DeviceState> sections = [DeviceState.Timer(0, 12345, 67890), .. devices.Select((device, i) => StateOf(options, device, i))];
        if (!machine.OmitsGlobalState)
            sections.Add(DeviceState.GlobalState(GlobalStateSection, machine.RunState ?? "running"));
        return new(NameOf(options))
        {
            RamSectionId = 2,
            Devices = sections,
            Uuid = UuidOf(options),
            TargetPageBits = (uint?)machine.PageBits,
            SendConfiguration = !machine.OmitsConfiguration,
            SendSectionFooter = !machine.OmitsSectionFooters,
            SendSwitchoverStart = !machine.OmitsSwitchoverStart,
            SuppressVmDescription = machine.OmitsDescription,
            MultifdFlushAfterEachSection =
                machine.FlushesAfterEachSection ? !machine.SourceFlushesByRecord : machine.SourceFlushesAfterEachSection,
            SwitchoverAckLegacy = !machine.SourceNeedsNoAck,
        };
    }

    private static MachineProfile MakeProfile(ScenarioOptions options, DrawnDevice[] devices) => new()
    {
        Name = NameOf(options),
        PageSizeBytes = options.Machine.PageBytes,
        Uuid = UuidOf(options),
        SendConfiguration = !options.Machine.OmitsConfiguration,
        SendSectionFooter = !options.Machine.OmitsSectionFooters,
        SuppressVmDescription = options.Machine.OmitsDescription,
        MultifdFlushAfterEachSection = options.Machine.FlushesAfterEachSection,
        SwitchoverAckLegacy = options.Machine.AckIsUnknown ? null : !options.Machine.SourceNeedsNoAck,
        RamBlocks = [.. options.Blocks.Select((block, index) => new RamBlockDescription
        {
            Name = block.Name,
            LengthBytes = Bytes(options, block.FirstPagesHere),
            MaxLengthBytes = Bytes(options, block.MappedPages),
            Shared = block.Shared,
            Migratable = !block.Stays,
            GuestAddress = AddressOf(index),
        })],
        Devices = [DeviceSection.Timer, .. devices.Select(device => new DeviceSection
        {
            Name = device.Name,
            InstanceId = device.InstanceId,
            State = device.State.ToDescription(),
        })],
    };

    // What is in a device is noise; where it ends is known on both sides.
    private static DeviceState StateOf(ScenarioOptions options, DrawnDevice device, int index)
    {
        using MemoryStream content = new();
        device.State.Write(content, new SeedStreams(options.Seed).Stream($"device/{index}"));
        return new(
            device.Name, (uint)(FirstDeviceSection + index), device.State.VersionThere, content.ToArray(),
            [new("state", "buffer", (int)content.Length)])
        {
            InstanceId = device.InstanceId,
        };
    }

    private static OracleMachine MakeOracle(ScenarioOptions options, DrawnDevice[] devices) => new()
    {
        Name = NameOf(options),
        PageSize = options.Machine.PageBytes,
        HostPageSize = options.Machine.PageBytes,
        Uuid = UuidOf(options)?.ToByteArray(bigEndian: true) ?? default(ReadOnlyMemory<byte>),
        SendConfiguration = !options.Machine.OmitsConfiguration,
        SendSectionFooter = !options.Machine.OmitsSectionFooters,
        SuppressVmDescription = options.Machine.OmitsDescription,
        MultifdFlushAfterEachSection = options.Machine.FlushesAfterEachSection,
        SwitchoverAckLegacy = options.Machine.AckIsUnknown ? null : !options.Machine.SourceNeedsNoAck,
        Autostart = !options.Machine.StartsPaused,
        Blocks = [.. options.Blocks.Select((block, index) => new OracleBlock(block.Name, Bytes(options, block.FirstPagesHere))
        {
            MaxLength = Bytes(options, block.MappedPages),
            BackingPageSize = options.Machine.PageBytes,
            Resizable = block.MostPages > 0,
            Migratable = !block.Stays,
            Shared = block.Shared,
            GuestPhysicalAddress = AddressOf(index),
        })],
        Handlers =
        [
            OracleHandler.Timer, OracleHandler.Ram, OracleHandler.DirtyBitmap, OracleHandler.GlobalState,
            .. devices.Select(device => new OracleHandler(
                OracleHandlerKind.VMState, device.Name, device.InstanceId, device.State.ToLayout())),
        ],
    };

    private static SourceOptions MakeSourceOptions(MigrationOptions migration, int pageBytes) => new()
    {
        ReturnPath = migration.ReturnPath,
        SwitchoverAck = migration.SwitchoverAck,
        ValidateUuid = migration.ValidateUuid,
        IgnoreShared = migration.IgnoreShared,
        Xbzrle = migration.Xbzrle,
        Multifd = migration.Multifd,
        MappedRam = migration.MappedRam,
        FileOffset = migration.FileOffset,
        MaxBandwidth = migration.MaxBandwidth,
        DowntimeLimit = migration.DowntimeLimit,
        XbzrleCacheSize = (long)Math.Max(1, migration.XbzrleCachePages) * pageBytes,
        ZeroPageDetection = migration.ZeroPageDetection,
        MultifdChannels = Math.Max(1, migration.MultifdChannels),
        MultifdCompression = migration.MultifdCompression,
        PostcopyRam = migration.Postcopy is not null,
        PostcopyPreempt = migration.Postcopy is { Preempt: true },
        PostcopyStart = migration.Postcopy?.Start ?? default,
        PostcopyRelease = migration.Postcopy is { IsOfQemu11: true } ? PostcopyRelease.Qemu11 : PostcopyRelease.Qemu10,
        MaxPostcopyBandwidth = migration.Postcopy?.MaxBandwidth ?? 0,
    };

    /// <summary>The machine's UUID.</summary>
    /// <param name="options">The scenario.</param>
    /// <returns>The UUID, or null where it has none.</returns>
    public static Guid? UuidOf(ScenarioOptions options) =>
        options.Machine.HasUuid ? options.Machine.Uuid ?? UsualUuid : null;

    /// <summary>The machine's name. One with a version would say whether the source waits for a SWITCHOVER_ACK.</summary>
    /// <param name="options">The scenario.</param>
    /// <returns>The name.</returns>
    public static string NameOf(ScenarioOptions options) =>
        options.Machine.Name is { } name ? name : options.Machine.DeviceCount == 0 ? "none" : options.Machine.AckIsUnknown ? "microvm" : "pc-i440fx-10.0";
}
