using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.MappedRam;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Hosts;

/// <summary>The machine that migrates away: its guest, its migration, its connections. Used again from run to run.</summary>
internal sealed class SimulatedSource : IDisposable
{
    private const long RetryNanoseconds = 20_000_000;
    private const int LastAttempt = 3;
    private const long FileBytesPerSecond = 1L << 30;

    private readonly GuestModel _guest = new([]);
    private readonly Prng _links = new(0);
    private readonly FileImage _image = new();
    private readonly StreamRecorder _recorder = new() { LinkBytesPerSecond = FileBytesPerSecond };
    private SimulationLoop _loop = null!;
    private RunObservation _observation = null!;
    private MigrationSource? _source;
    private Deviator? _deviator;
    private NetworkFabric? _fabric;
    private SourceRunner? _runner;
    private string _address = SimulatedHost.Address;
    private int _attempts;
    private int _connection;
    private bool _isManaged;

    /// <summary>Whether its migration has ended, one way or the other.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether its connections are lost and its guest runs at the destination.</summary>
    public bool IsPaused => _source?.Status == SourceStatus.PostcopyPaused;

    /// <summary>Told when it has.</summary>
    public Action? OnDone { get; set; }

    /// <summary>Prepares a migration.</summary>
    public void Reset(SimulationLoop loop, RunObservation observation, ScenarioMachine machine)
    {
        ScenarioOptions options = observation.Options;
        _loop = loop;
        _observation = observation;
        IsDone = false;
        _links.Reseed(loop.Streams.SeedOf("links"));
        _guest.Reset(machine.Layout, machine.Source.PageBytes);
        _guest.Fill(options.Guest.Content, loop.Streams.SeedOf("guest/content"));
        _image.Reset();
        _source?.Dispose();
        _source = new MigrationSource(_guest, machine.Source, machine.SourceOptions, options.Migration.MappedRam ? _image : null);
        _deviator = options.Deviations.Count == 0 ? null : new Deviator(_source, machine.Source, options.Deviations);
        if (options.Guest.Pattern != DirtyPattern.Idle && options.Machine.RunState is null)
            _guest.Start(Workload(options), loop.Streams.SeedOf("guest/writes"), 0);
        observation.SourceRam = _guest.Ram;
        _address = SimulatedHost.Address;
        _attempts = _connection = 0;
        _isManaged = false;
        _runner = null;
        _fabric = null;
        _source.OnStatus = NoteStatus;
        _source.Log = options.Migration.Postcopy is null ? null : observation.SourcePages;
        if (options.Machine.RunState is null)
            _source.OnGuest = runs => observation.SourceGuest.Add(new(observation.NextOrder(), loop.NowNanoseconds, runs));
    }

    /// <summary>The holes of the file that was written.</summary>
    public IReadOnlyList<FileHole> FileHoles => _observation.Options.Migration.MappedRam ? [.. _image.Holes] : [];

    /// <summary>Writes the migration into a file, before the run begins.</summary>
    /// <returns>The file without its holes; valid until the next run.</returns>
    public ReadOnlyMemory<byte> WriteFile()
    {
        _recorder.Record(_source!);
        End();
        return _observation.Options.Migration.MappedRam ? _image.Content : _recorder.Main;
    }

    /// <summary>Migrates to where a listener is, or will be.</summary>
    /// <param name="fabric">The network.</param>
    /// <param name="link">What each connection is like.</param>
    public async Task ConnectAndRunAsync(NetworkFabric fabric, LinkOptions link)
    {
        _fabric = fabric;
        try
        {
            Endpoint[] made = new Endpoint[1 + _source!.Channels.Count];
            foreach (int number in ConnectionOrder(made.Length))
                made[number] = await ConnectAsync(fabric, number == 0 ? "main" : $"multifd/{number - 1}", LinkOf(link));
            await RunAsync(made[0], [.. made[1..].Select(end => new SourceChannel(end, _source))]);
        }
        catch (IOException)
        {
            // It never got through; a real source reports this and lets its guest go on.
            _source!.Fail("the destination could not be reached");
            foreach (FabricConnection connection in fabric.Connections)
            {
                if (!connection.Name.StartsWith("stranger", StringComparison.Ordinal))
                    connection.Client.Shutdown();
            }

            End();
        }
    }

    /// <summary>Migrates over a connection that was made beforehand.</summary>
    /// <param name="main">The source's side of it.</param>
    /// <param name="channels">The multifd channels.</param>
    public async Task RunAsync(Endpoint main, IReadOnlyList<ISourceChannel> channels)
    {
        _runner = new(_source!, new LoopHost(_loop), new SourceChannel(main, _source!), [.. channels]) { ConnectPreempt = ConnectPreemptAsync };
        await _runner.RunAsync();
        End();
    }

    /// <summary>The destination awaits a recovery: from now on a manager has the source connect there, some time after each pause.</summary>
    public void Recover()
    {
        if (_isManaged || _observation.Options.Migration.Postcopy is not { Recovers: true } options)
            return;
        _isManaged = true;
        _loop.Spawn("source/manager", () => RecoverAsync(options.RecoveryDelayNanoseconds), isBackground: true);
    }

    // The source may not know yet that its connection is lost, and the destination may not know that this one is: who is not let in comes
    // again.
    private async Task RecoverAsync(long delay)
    {
        bool wasPaused = false;
        while (!IsDone)
        {
            if (IsPaused && !wasPaused)
                await _loop.Delay(delay, "source/manager");
            wasPaused |= IsPaused;
            if (IsPaused)
                Reconnect(_observation.RecoveryAddress!, ++_attempts);
            else if (_source!.Status == SourceStatus.PostcopyActive)
                wasPaused = false;
            await _loop.Delay(RetryNanoseconds, "source/manager");
        }
    }

    // The channel for urgent pages has the number of the main channel that was connected, which need not be that of the last attempt.
    private void Reconnect(string address, int attempt) => _runner!.TryRecover(async () =>
    {
        (_address, _connection) = (address, attempt);
        return new SourceChannel(await _fabric!.ConnectAsync(address, $"recovery/{attempt}", _observation.Options.Link), _source!);
    });

    private async ValueTask<ISourceChannel> ConnectPreemptAsync() => new SourceChannel(
        await _fabric!.ConnectAsync(_address, $"preempt/{_connection}", _observation.Options.Link), _source!);

    private void NoteStatus(SourceStatus status)
    {
        _loop.Record(ScenarioTraceKinds.SourceStatus, (int)status, text: status.ToString());
        _observation.SourceStatuses.Add(new(_observation.NextOrder(), _loop.NowNanoseconds, status));
    }

    /// <summary>Notes how the source stands.</summary>
    public void Conclude()
    {
        _observation.Source = _source!.Statistics;
        _observation.SourceIsDone = IsDone;
        _observation.AppliedDeviations = _deviator is null ? [] : [.. _deviator.Applied];
    }

    /// <inheritdoc/>
    public void Dispose() => _source?.Dispose();

    // It falls asleep when faults end, so that the migration must converge.
    internal static GuestWorkload Workload(ScenarioOptions options) => new(options.Guest.Pattern, options.Guest.PagesPerSecond)
    {
        WorkingSetPages = options.Guest.WorkingSetPages,
        BurstPeriodNanoseconds = Math.Max(1, options.Guest.BurstPeriodNanoseconds),
        BytesPerWrite = options.Guest.BytesPerWrite,
        EndNanoseconds = options.FaultsEndNanoseconds,
    };

    // 0 is main, the others are the channels behind it.
    private int[] ConnectionOrder(int count)
    {
        MigrationOptions migration = _observation.Options.Migration;
        int[] order = [.. Enumerable.Range(0, count)];
        if (migration.ConnectsInAnyOrder)
            _loop.Streams.Stream("connections").Shuffle(order.AsSpan());
        else if (migration.MainConnectsLast)
            order = [.. order[1..], 0];
        return order;
    }

    private LinkOptions LinkOf(LinkOptions link) => !_observation.Options.Migration.HasUnequalLinks ? link : link with
    {
        LatencyNanoseconds = link.LatencyNanoseconds * _links.NextInt(1 + ScenarioBudget.LinkSpread),
        BytesPerSecond = link.BytesPerSecond == 0 ? 0 : 1 + (link.BytesPerSecond / _links.Between(1, ScenarioBudget.LinkSpread)),
        AcceptDelayNanoseconds = link.AcceptDelayNanoseconds * _links.NextInt(2),
    };

    // Nobody listens before migrate-incoming: a manager starts the source when the destination is ready, or a little too early.
    private async ValueTask<Endpoint> ConnectAsync(NetworkFabric fabric, string name, LinkOptions link)
    {
        for (int attempt = 0; ; attempt++)
        {
            bool isEarly = attempt < LastAttempt && _observation.Setup is null;
            try
            {
                return await fabric.ConnectAsync(SimulatedHost.Address, name, link);
            }
            catch (ConnectionRefusedException) when (isEarly)
            {
                _observation.SourceCameEarly = true;
                await _loop.Delay(RetryNanoseconds, "source retries");
            }
        }
    }

    private void End()
    {
        IsDone = true;
        _loop.Record(
            ScenarioTraceKinds.SourceEnded, _source!.Statistics.Normal, _source.Statistics.Duplicate,
            _source.Statistics.DirtySyncCount, _source.Status.ToString());
        OnDone?.Invoke();
    }
}
