using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>Our destination takes a guest from the simulated source before its pages, on real threads.</summary>
public class OwnPostcopyTests
{
    private const long RamBytes = 2 << 20;

    // Only so that a hang ends the test.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly SourceOptions Options = new()
    {
        PostcopyRam = true, MaxBandwidth = 4 << 20, MaxPostcopyBandwidth = 1 << 20, PostcopyStart = new(Bytes: 200_000),
    };

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public async Task Guest_that_touches_its_pages_has_them_all(bool preempt, int pauses)
    {
        using World world = new(Options with { PostcopyPreempt = preempt }, pauses, touches: true);
        SourceStatistics statistics = await world.RunAsync();
        Assert.Null(statistics.ErrorDescription);
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        Assert.Equal(MigrationStatus.Completed, world.Destination.Status);
        Assert.Equal(pauses, statistics.Recoveries);
        Assert.Equal(statistics.PagesDiscarded > 0, statistics.PostcopyBytes > 0);
        world.AssertEqual();
    }

    public static TheoryData<DeviantMode> Modes => [.. DeviantModes.InPostcopy.Select(info => info.Mode)];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Destination_ends_as_the_catalogue_says(DeviantMode mode)
    {
        using World world = new(Options, pauses: 0, touches: false);
        Deviator deviator = new(world.Source, SourceMachine.None(), PostcopyDeviationTests.Late(mode, page: 60));
        SourceStatistics statistics = await world.RunAsync();
        Assert.All(deviator.Applied, Assert.True);
        DeviantModeInfo info = DeviantModes.Of(mode);
        (MigrationStatus Destination, SourceStatus Source, long Recoveries) expected = info.Right switch
        {
            DeviantOutcome.Rejected => (MigrationStatus.Failed, SourceStatus.Failed, 0),
            DeviantOutcome.Pauses => (MigrationStatus.Completed, SourceStatus.Completed, 1),
            _ => (MigrationStatus.Completed, SourceStatus.Completed, 0),
        };
        Assert.Equal(expected, (world.Destination.Status, statistics.Status, statistics.Recoveries));
        if (info is { Right: DeviantOutcome.Rejected, Code: { } code })
            Assert.Equal(code, world.Destination.Migration.State.Error?.Code);
        if (info.Right != DeviantOutcome.Rejected)
            world.AssertEqual();
    }

    private sealed class World : IDisposable
    {
        private readonly RealHost _host = new();
        private readonly PeerListener _listener = new();
        private readonly GuestModel _guest = new(new RamBlockLayout("m0", RamBytes));
        private readonly SourceRunner _runner;
        private LinkedChannel _main = new("main");
        private int _pauses;

        public World(SourceOptions options, int pauses, bool touches)
        {
            _pauses = pauses;
            _guest.Fill(ContentMix.Typical, 7);
            Source = new MigrationSource(_guest, SourceMachine.None(), options) { OnStatus = OnStatus };
            MigrationCapabilities capabilities = new();
            capabilities.Set("postcopy-ram", true);
            capabilities.Set("postcopy-preempt", options.PostcopyPreempt);
            RamBlockDescription block = new() { Name = "m0", LengthBytes = RamBytes };
            Destination = new(MachineProfile.None(block), capabilities, poison: 0xaa);
            Destination.Environment.Program = touches ? new Toucher() : null;
            _runner = new SourceRunner(Source, _host, _main)
            {
                ConnectPreempt = () => ValueTask.FromResult<ISourceChannel>(Connect("preempt")),
            };
        }

        public MigrationSource Source { get; }

        public TestKit.Destination Destination { get; }

        public async Task<SourceStatistics> RunAsync()
        {
            Destination.Migration.TryBegin();
            Task serving = Task.Run(() => Destination.Migration.ServeAsync(_listener));
            _listener.Connect(_main);
            _guest.Start(new(DirtyPattern.HotSet, 20_000), 9, _host.NowNanoseconds);
            SourceStatistics statistics = await _host.RunAsync(_runner.RunAsync).WaitAsync(Patience);
            await Destination.Migration.Ended.WaitAsync(Patience);
            await serving.WaitAsync(Patience);
            return statistics;
        }

        public void AssertEqual()
        {
            byte[] ram = new byte[RamBytes];
            _guest.Ram.CopyTo(_guest.Ram.Blocks[0], ram);
            ByteExactTests.AssertSame(ram, Destination.Ram("m0"));
        }

        public void Dispose()
        {
            Destination.Migration.PowerOff();
            _listener.Dispose();
            Destination.Dispose();
            Source.Dispose();
        }

        private LinkedChannel Connect(string name)
        {
            LinkedChannel channel = new(name);
            _listener.Connect(channel);
            return channel;
        }

        // A manager that pauses as often as it shall, and always recovers when both sides are paused.
        private void OnStatus(SourceStatus status)
        {
            if (status == SourceStatus.PostcopyActive && _pauses-- > 0)
                _ = _host.Spawn("pauses", PauseAsync);
            else if (status == SourceStatus.PostcopyPaused)
                _ = _host.Spawn("recovers", RecoverAsync);
        }

        private async Task PauseAsync()
        {
            await Task.Delay(20);
            _runner.TryPause();
        }

        private async Task RecoverAsync()
        {
            while (Destination.Status != MigrationStatus.PostcopyPaused)
                await Task.Delay(1);
            Assert.True(_runner.TryRecover(() => ValueTask.FromResult<ISourceChannel>(_main = Connect("recovery"))));
        }
    }

    // Touches every eighth page, from the last to the first.
    private sealed class Toucher : GuestProgram
    {
        public override int VcpuCount => 1;

        public override async Task RunAsync(GuestCpu cpu)
        {
            for (long page = (RamBytes / GuestRam.UsualPageBytes) - 1; page >= 0; page -= 8)
            {
                if (!await cpu.TouchAsync(cpu.Memory.Blocks[0], page))
                    return;
            }
        }
    }
}
