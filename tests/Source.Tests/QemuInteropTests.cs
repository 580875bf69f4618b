using Processes;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.MappedRam;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>A real QEMU takes what the simulated source sends, with equal RAM.</summary>
public class QemuInteropTests
{
    private const long RamBytes = 8 << 20;
    private static readonly Guid Uuid = new("12345678-9abc-def0-1234-56789abcdef0");

    [SkippableTheory]
    [EachQemu("plain")]
    [EachQemu("return-path")]
    [EachQemu("switchover-ack", To = 10)]
    [EachQemu("uuid")]
    [EachQemu("no zero detection")]
    [EachQemu("old machine")]
    public async Task Real_destination_has_equal_ram(string version, string name)
    {
        SourceOptions options = name switch
        {
            "return-path" => new() { ReturnPath = true },
            "switchover-ack" => new() { ReturnPath = true, SwitchoverAck = true },
            "uuid" => new() { ValidateUuid = true },
            "no zero detection" => new() { ZeroPageDetection = ZeroPageDetection.None },
            _ => new(),
        };
        SourceMachine machine = SourceMachine.None() with
        {
            Uuid = name == "uuid" ? Uuid : null,
            SendSwitchoverStart = name != "old machine",
        };
        await MigrateAsync(version, options, machine, GuestWorkload.Idle);
    }

    [SkippableTheory]
    [EachQemu(DirtyPattern.Sweep, false)]
    [EachQemu(DirtyPattern.HotSet, false)]
    [EachQemu(DirtyPattern.HotSet, true)]
    [EachQemu(DirtyPattern.Burst, true)]
    [EachQemu(DirtyPattern.ZeroFlips, true)]
    public async Task Real_destination_has_equal_ram_of_a_guest_that_writes(string version, DirtyPattern pattern, bool xbzrle)
    {
        SourceOptions options = new() { Xbzrle = xbzrle, ReturnPath = true, MaxBandwidth = 20 << 20, DowntimeLimit = 10 };
        SourceStatistics statistics = await MigrateAsync(version, options, SourceMachine.None(), new(pattern, 2000));
        Assert.True(statistics.DirtySyncCount > 2, "the guest was not migrated in several rounds");
        if (xbzrle && pattern == DirtyPattern.HotSet)
            Assert.True(statistics.XbzrleRecords > 0, "no delta was sent");
    }

    [SkippableTheory]
    [EachQemu(1, MultifdCompression.None, ZeroPageDetection.Multifd)]
    [EachQemu(2, MultifdCompression.None, ZeroPageDetection.Multifd)]
    [EachQemu(2, MultifdCompression.None, ZeroPageDetection.Legacy)]
    [EachQemu(2, MultifdCompression.None, ZeroPageDetection.None)]
    [EachQemu(2, MultifdCompression.Zlib, ZeroPageDetection.Multifd)]
    [EachQemu(2, MultifdCompression.Zstd, ZeroPageDetection.Legacy)]
    [EachQemu(4, MultifdCompression.None, ZeroPageDetection.Multifd)]
    [EachQemu(4, MultifdCompression.Zlib, ZeroPageDetection.None)]
    [EachQemu(4, MultifdCompression.Zstd, ZeroPageDetection.Multifd)]
    public async Task Real_destination_has_equal_ram_over_multifd(
        string version, int channels, MultifdCompression compression, ZeroPageDetection detection)
    {
        SourceOptions options = new()
        {
            Multifd = true, MultifdChannels = channels, MultifdCompression = compression, ZeroPageDetection = detection,
            ReturnPath = true, MaxBandwidth = 40 << 20, DowntimeLimit = 20,
        };
        await MigrateAsync(version, options, SourceMachine.None(), new(DirtyPattern.HotSet, 2000));
    }

    [SkippableTheory]
    [EachQemu]
    public async Task Real_destination_of_an_old_machine_synchronises_multifd_per_section(string version)
    {
        SourceOptions options = new() { Multifd = true, MaxBandwidth = 40 << 20, DowntimeLimit = 20 };
        SourceMachine machine = SourceMachine.None() with { MultifdFlushAfterEachSection = true };
        await MigrateAsync(version, options, machine, new(DirtyPattern.HotSet, 2000),
            "-global migration.multifd-flush-after-each-section=on");
    }

    [SkippableTheory]
    [EachQemu(false, ZeroPageDetection.Multifd)]
    [EachQemu(true, ZeroPageDetection.Multifd)]
    [EachQemu(true, ZeroPageDetection.None)]
    public async Task Real_destination_has_equal_ram_from_a_file(string version, bool multifd, ZeroPageDetection detection)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        SourceOptions options = new() { MappedRam = true, Multifd = multifd, ZeroPageDetection = detection };
        GuestModel guest = new(new RamBlockLayout("m0", RamBytes));
        guest.Fill(ContentMix.Typical, 7);
        guest.Start(new(DirtyPattern.ZeroFlips, 100_000), 8, 0);
        FileImage file = new();
        using MigrationSource source = new(guest, SourceMachine.None(), options, file);
        new StreamRecorder().Record(source);
        await using QemuDestination destination = await QemuDestination.StartAsync(qemu, RamBytes, options);
        await File.WriteAllBytesAsync(destination.FilePath, file.Content);
        await destination.ListenAsync("file:" + destination.FilePath);
        Assert.Equal("completed", await destination.EndAsync());
        ByteExactTests.AssertSame(RamOf(guest), destination.Ram());
    }

    [SkippableTheory]
    [EachQemu]
    public async Task Real_destination_keeps_the_ram_it_shares(string version)
    {
        SourceOptions options = new() { IgnoreShared = true };
        await MigrateAsync(version, options, SourceMachine.None(), GuestWorkload.Idle, shared: true);
    }

    private static async Task<SourceStatistics> MigrateAsync(
        string version, SourceOptions options, SourceMachine machine, GuestWorkload workload, string arguments = "", bool shared = false)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        if (machine.Uuid is { } uuid)
            arguments += $" -uuid {uuid}";
        if (!machine.SendSwitchoverStart)
            arguments += " -global migration.send-switchover-start=off";
        GuestModel guest = new(new RamBlockLayout("m0", RamBytes) { Shared = shared });
        guest.Fill(ContentMix.Typical, 7);
        await using QemuDestination destination = await QemuDestination.StartAsync(qemu, RamBytes, options, arguments);
        if (shared)
            await File.WriteAllBytesAsync(destination.RamPath, RamOf(guest));
        await destination.ListenAsync("unix:" + destination.SocketPath);
        using MigrationSource source = new(guest, machine, options);
        SocketChannel main = await destination.ConnectAsync();
        List<ISourceChannel> channels = [];
        while (channels.Count < source.Channels.Count)
            channels.Add(await destination.ConnectAsync());
        RealHost clock = new();
        guest.Start(workload, 9, clock.NowNanoseconds);
        SourceStatistics statistics = await clock.RunAsync(new SourceRunner(source, clock, main, channels).RunAsync);
        Assert.Null(statistics.ErrorDescription);
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        Assert.Equal("completed", await destination.EndAsync());
        ByteExactTests.AssertSame(RamOf(guest), destination.Ram());
        return statistics;
    }

    private static byte[] RamOf(GuestModel guest)
    {
        byte[] ram = new byte[RamBytes];
        guest.Ram.CopyTo(guest.Ram.Blocks[0], ram);
        return ram;
    }
}
