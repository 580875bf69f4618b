using Processes;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>A migration from the simulated source into a real QEMU.</summary>
internal sealed class Migration : IAsyncDisposable
{
    private const long RamBytes = 8 << 20;

    private readonly RealHost _host = new();
    private readonly GuestModel _guest;
    private readonly MigrationSource _source;
    private SourceRunner _runner = null!;

    private Migration(QemuDestination qemu, GuestModel guest, SourceMachine machine, SourceOptions options)
    {
        Qemu = qemu;
        _guest = guest;
        _source = new MigrationSource(guest, machine, options);
    }

    public QemuDestination Qemu { get; }

    public MigrationSource Source => _source;

    /// <summary>Leaves a paused migration paused.</summary>
    public Task<bool> GiveUpAsync() => _host.CallAsync(() =>
    {
        _runner.GiveUp();
        return true;
    });

    /// <summary>Starts a QEMU for <c>-M none</c>, and a guest that writes while it runs.</summary>
    public static async Task<Migration> StartAsync(string version, SourceOptions options, string arguments = "")
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        GuestModel guest = new(new RamBlockLayout("m0", RamBytes));
        guest.Fill(ContentMix.Typical, 7);
        QemuDestination destination = await QemuDestination.StartAsync(qemu, RamBytes, options, arguments);
        return await ConnectAsync(new(destination, guest, SourceMachine.None(), options));
    }

    /// <summary>Starts a QEMU for another machine.</summary>
    public static async Task<Migration> StartAsync(
        string version, GuestModel guest, SourceMachine machine, SourceOptions options, string arguments)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        QemuDestination destination = await QemuDestination.StartMachineAsync(qemu, arguments, options, RamBytes);
        return await ConnectAsync(new(destination, guest, machine, options));
    }

    public Task<SourceStatistics> RunAsync()
    {
        _guest.Start(new(DirtyPattern.HotSet, 20_000), 9, _host.NowNanoseconds);
        return _host.RunAsync(_runner.RunAsync);
    }

    /// <summary>Migrates without a recovery: a source that the destination leaves in postcopy is given up, and says why.</summary>
    public async Task<SourceStatistics> RunToEndAsync()
    {
        Task<SourceStatistics> run = RunAsync();
        while (!run.IsCompleted)
        {
            if (await _host.CallAsync(() => _source.Status) == SourceStatus.PostcopyPaused)
                await GiveUpAsync();
            await Task.WhenAny(run, Task.Delay(20));
        }
        return await run;
    }

    public Task<bool> PauseAsync() => _host.CallAsync(_runner.TryPause);

    public Task<bool> RecoverAsync() => _host.CallAsync(() => _runner.TryRecover(async () => await Qemu.ConnectAsync()));

    /// <summary>Waits for a status of the source.</summary>
    public async Task WaitForAsync(SourceStatus status)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(QemuDestination.LongPatience));
        while (await _host.CallAsync(() => _source.Status) != status)
            await Task.Delay(10, patience.Token);
    }

    /// <summary>Both sides have completed, and their RAM is the same.</summary>
    public async Task AssertEqualAsync(SourceStatistics statistics)
    {
        Assert.Null(statistics.ErrorDescription);
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        Assert.Equal("completed", await Qemu.EndAsync(QemuDestination.LongPatience));
        byte[] ram = new byte[RamBytes];
        _guest.Ram.CopyTo(_guest.Ram.Blocks[0], ram);
        byte[] there = await Qemu.PhysicalRamAsync(RamBytes);
        ByteExactTests.AssertSame(ram, there);
    }

    public async ValueTask DisposeAsync()
    {
        await Qemu.DisposeAsync();
        _source.Dispose();
    }

    private static async Task<Migration> ConnectAsync(Migration migration)
    {
        await migration.Qemu.ListenAsync("unix:" + migration.Qemu.SocketPath);
        SocketChannel main = await migration.Qemu.ConnectAsync();
        List<ISourceChannel> channels = [];
        while (channels.Count < migration._source.Channels.Count)
            channels.Add(await migration.Qemu.ConnectAsync());
        migration._runner = new SourceRunner(migration._source, migration._host, main, channels)
        {
            ConnectPreempt = async () => await migration.Qemu.ConnectAsync(),
        };
        return migration;
    }
}
