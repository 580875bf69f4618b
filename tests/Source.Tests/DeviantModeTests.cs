using Processes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.MappedRam;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>What the catalogue says of each deviation is what a destination, ours and a real one, makes of it.</summary>
public class DeviantModeTests
{
    private const long RamBytes = 2 << 20;
    private static readonly SourceMachine Machine = SourceMachine.None();

    public static TheoryData<DeviantMode> OnMain => [.. DeviantModes.All
        .Where(info => info.Site < StructureKind.MultifdInitial)
        .Select(info => info.Mode)];

    public static TheoryData<DeviantMode> Everywhere => [.. DeviantModes.All.Select(info => info.Mode)];

    [Fact]
    public void Each_mode_has_its_entry() =>
        Assert.Equal(Enum.GetValues<DeviantMode>(), DeviantModes.All.Concat(DeviantModes.InPostcopy).Select(info => info.Mode));

    [Theory]
    [MemberData(nameof(OnMain))]
    public async Task Destination_ends_as_the_catalogue_says(DeviantMode mode)
    {
        GuestModel guest = NewGuest();
        using MigrationSource source = new(guest, Machine, OptionsFor(mode));
        Deviator deviator = new(source, Machine, new SourceDeviation(mode) { CutAt = 100_000 });
        StreamRecorder recorder = new();
        recorder.Record(source);
        Assert.All(deviator.Applied, Assert.True);
        RamBlockDescription block = new() { Name = "m0", LengthBytes = RamBytes };
        using Destination destination = new(MachineProfile.None(block));
        await destination.LoadAsync(recorder.Main.ToArray());
        MigrationOutcome seen = new(destination.Status, destination.Migration.State.Error?.Code ?? StreamErrorCode.None);
        DeviantModeInfo info = DeviantModes.Of(mode);
        MigrationStatus expected = info.Right == DeviantOutcome.Accepted ? MigrationStatus.Completed : MigrationStatus.Failed;
        Assert.Equal(new MigrationOutcome(expected, info.Code!.Value), seen);
        if (info.Right == DeviantOutcome.Accepted)
            ByteExactTests.AssertSame(RamOf(guest), destination.Ram("m0"));
    }

    [SkippableTheory]
    [MemberData(nameof(Everywhere))]
    public async Task Real_destination_ends_as_the_catalogue_says(DeviantMode mode)
    {
        // What the catalogue says of QEMU it says of 10.0.
        RealQemu qemu = EachQemuAttribute.Require(RealQemu.Versions(10, 10).First());
        GuestModel guest = NewGuest();
        DeviantModeInfo info = DeviantModes.Of(mode);
        SourceOptions options = OptionsFor(mode);
        FileImage? file = options.MappedRam ? new FileImage() : null;
        using MigrationSource source = new(guest, Machine, options, file);
        Deviator deviator = new(source, Machine, new SourceDeviation(mode) { CutAt = 100_000, Channel = options.MultifdChannels - 1 });
        string arguments = mode == DeviantMode.MultifdInitialUuid ? "-uuid 12345678-9abc-def0-1234-56789abcdef0" : "";
        await using QemuDestination destination = await QemuDestination.StartAsync(qemu, RamBytes, options, arguments);
        await SendAsync(source, destination, file);
        Assert.All(deviator.Applied, Assert.True);
        string[] expected = info.Qemu switch
        {
            DeviantOutcome.Accepted => ["completed"],
            DeviantOutcome.Rejected => ["failed"],
            DeviantOutcome.Crashes => ["crashed"],
            DeviantOutcome.Races => ["completed", "failed"],
            _ => ["failed", "hung"],
        };
        Assert.Contains(await destination.EndAsync(), expected);
        if (info.Qemu == DeviantOutcome.Accepted)
            ByteExactTests.AssertSame(RamOf(guest), destination.Ram());
    }

    private static async Task SendAsync(MigrationSource source, QemuDestination destination, FileImage? file)
    {
        if (file is not null)
        {
            new StreamRecorder().Record(source);
            await File.WriteAllBytesAsync(destination.FilePath, file.Content);
            await destination.ListenAsync("file:" + destination.FilePath);
            return;
        }
        await destination.ListenAsync("unix:" + destination.SocketPath);
        SocketChannel main = await destination.ConnectAsync();
        List<ISourceChannel> channels = [];
        while (channels.Count < source.Channels.Count)
            channels.Add(await destination.ConnectAsync());
        RealHost host = new();
        await host.RunAsync(new SourceRunner(source, host, main, channels).RunAsync);
    }

    private static SourceOptions OptionsFor(DeviantMode mode) => DeviantModes.Of(mode).Site switch
    {
        StructureKind.MultifdInitial or StructureKind.MultifdPacket or StructureKind.MultifdEnd => new() { Multifd = true },
        StructureKind.MappedRamHeader => new() { MappedRam = true },
        _ => new(),
    };

    private static GuestModel NewGuest()
    {
        GuestModel guest = new(new RamBlockLayout("m0", RamBytes));
        guest.Fill(ContentMix.Typical, 3);
        return guest;
    }

    private static byte[] RamOf(GuestModel guest)
    {
        byte[] ram = new byte[RamBytes];
        guest.Ram.CopyTo(guest.Ram.Blocks[0], ram);
        return ram;
    }

    private sealed record MigrationOutcome(MigrationStatus Status, StreamErrorCode Code);
}
