using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Postcopy;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Source.Tests;

/// <summary>A simulated source and a <see cref="ScriptedDestination"/> on the simulation's loop and network.</summary>
internal sealed class PostcopyWorld : IDisposable
{
    public const string Block = "m0";
    public const int Pages = 512;

    private readonly LinkOptions _link = new() { BytesPerSecond = 40 << 20, LatencyNanoseconds = 100_000 };
    private int _connections;
    private bool _guestRuns = true;

    public PostcopyWorld(ulong seed, SourceOptions options, int windowBytes = 0)
    {
        if (windowBytes > 0)
            _link = _link with { WindowBytes = windowBytes };
        Loop = new SimulationLoop();
        Loop.Reset(seed);
        Network = new NetworkFabric(Loop);
        Guest = new GuestModel(new RamBlockLayout(Block, Pages * GuestRam.UsualPageBytes), new RamBlockLayout("m1", 3 * GuestRam.UsualPageBytes));
        Guest.Fill(ContentMix.Typical, seed);
        Guest.Start(new(DirtyPattern.HotSet, 20_000), seed, 0);
        Peer = new ScriptedDestination(Guest.Ram.Blocks);
        Source = new MigrationSource(Guest, SourceMachine.None(), options)
        {
            OnGuest = runs => _guestRuns = runs,
            Log = new PostcopyLog(),
        };
        Source.OnStatus = status => Statuses.Add(status);
        Main = Network.Pair("main-0", _link);
        Runner = new SourceRunner(Source, new LoopHost(Loop), new FabricChannel(Main.Client))
        {
            ConnectPreempt = ConnectPreemptAsync,
        };
    }

    public SimulationLoop Loop { get; }

    public NetworkFabric Network { get; }

    public GuestModel Guest { get; }

    public MigrationSource Source { get; }

    public SourceRunner Runner { get; }

    public ScriptedDestination Peer { get; }

    /// <summary>The main connection in use.</summary>
    public FabricConnection Main { get; private set; }

    /// <summary>The preempt connection in use.</summary>
    public FabricConnection? Preempt { get; private set; }

    public List<SourceStatus> Statuses { get; } = [];

    /// <summary>Whether the source's guest runs.</summary>
    public bool SourceRuns => _guestRuns;

    /// <summary>What happens when the migration pauses: recovers by default.</summary>
    public Action? OnPaused { get; set; }

    /// <summary>How a preempt connection fails; null where it does not.</summary>
    public IOException? PreemptRefused { get; set; }

    /// <summary>Runs to the end, and recovers whenever it is paused.</summary>
    public SourceStatistics Run()
    {
        SourceStatistics? statistics = null;
        Source.OnStatus += status =>
        {
            if (status == SourceStatus.PostcopyPaused)
                Later(20_000_000, OnPaused ?? Recover);
        };
        Loop.Spawn("source", async () => statistics = await Runner.RunAsync());
        Loop.Spawn("destination", () => Peer.ServeMainAsync(Main.Server, isRecovery: false));
        RunReport report = Loop.Run();
        Assert.True(report.Outcome == RunOutcome.Completed, report.ToString());
        return statistics!;
    }

    /// <summary>Has a manager do something after a time.</summary>
    public void Later(long nanoseconds, Action action) => Loop.Spawn("manager", async () =>
    {
        await Loop.Delay(nanoseconds, "manager waits");
        action();
    });

    /// <summary>Connects anew.</summary>
    public void Recover() => Assert.True(Runner.TryRecover(() =>
    {
        Main = Network.Pair($"main-{++_connections}", _link);
        Endpoint server = Main.Server;
        Loop.Spawn("destination/recovery", () => Peer.ServeMainAsync(server, isRecovery: true));
        return ValueTask.FromResult<ISourceChannel>(new FabricChannel(Main.Client));
    }));

    /// <summary>Each page is there as it was when the source's guest was stopped.</summary>
    public void AssertEqual()
    {
        foreach (GuestBlock block in Guest.Ram.Blocks)
        {
            byte[] ram = new byte[block.Layout.LengthBytes];
            Guest.Ram.CopyTo(block, ram);
            ByteExactTests.AssertSame(ram, Peer.Ram(block.Name));
        }
    }

    public void Dispose() => Source.Dispose();

    private ValueTask<ISourceChannel> ConnectPreemptAsync()
    {
        if (PreemptRefused is { } refused)
            throw refused;
        Preempt = Network.Pair($"preempt-{++_connections}", _link);
        Endpoint server = Preempt.Server;
        Loop.Spawn("destination/preempt", () => Peer.ServePreemptAsync(server));
        return ValueTask.FromResult<ISourceChannel>(new FabricChannel(Preempt.Client));
    }
}
