using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Qapi;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>The process around the destination: opens transports, serves connections, is what QMP commands act on. The daemon's
/// counterpart in the simulation.</summary>
internal sealed class SimulatedHost : IncomingHost
{
    /// <summary>Where the source comes.</summary>
    public const string Address = "tcp:destination:4444";

    /// <summary>Where somebody else listens.</summary>
    public const string TakenAddress = "tcp:destination:22";

    /// <summary>The connection that was made beforehand.</summary>
    public const string Descriptor = "fd:main";

    /// <summary>The file.</summary>
    public const string File = "file:main";

    /// <summary>The first port at which a recovery is awaited; each further one has the next.</summary>
    public const int FirstRecoveryPort = 4445;

    private readonly SimulationLoop _loop;
    private readonly NetworkFabric _fabric;
    private readonly RunObservation _observation;
    private readonly MachineProfile _machine;
    private readonly SimulatedTrace _trace;
    private readonly SimulatedEnvironment _environment;
    private readonly GuestMemory _memory;
    private readonly SimulatedMonitor _monitor;
    private readonly List<Listener> _listeners = [];
    private IncomingMigration? _migration;

    public SimulatedHost(
        SimulationLoop loop, NetworkFabric fabric, NetworkFabric monitors, PooledMemory memory, RunObservation observation,
        ScenarioMachine machine)
    {
        _loop = loop;
        _fabric = fabric;
        _observation = observation;
        _machine = machine.Profile;
        Capabilities = machine.NewCapabilities();
        Parameters = machine.NewParameters();
        _trace = new(loop, Capabilities, observation);
        _environment = new(loop, memory, _trace, observation) { OnTaskEnded = EndConnection };
        _memory = new(_environment, _machine);
        VirtualMachine = new(!observation.Options.Machine.StartsPaused, _trace);
        _trace.VirtualMachine = VirtualMachine;
        observation.Memory = _memory;
        _monitor = new(loop, monitors, observation, new QmpService(_environment, this, _trace, new object()));
    }

    /// <inheritdoc/>
    public override IncomingMigration? Migration => _migration;

    /// <inheritdoc/>
    public override IReadOnlyList<SocketAddress> ListeningAddresses { get; } =
        [new() { Type = "inet", Host = "10.0.2.1", Port = "4444", IPv4 = true }];

    /// <inheritdoc/>
    public override MigrationCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public override MigrationParameters Parameters { get; }

    /// <inheritdoc/>
    public override MachineProfile Machine => _machine;

    /// <inheritdoc/>
    public override VirtualMachine VirtualMachine { get; }

    /// <summary>The channel that <see cref="Descriptor"/> or <see cref="File"/> names.</summary>
    public (Qemu.Migration.Destination.Hosting.MigrationChannel Channel, ReceivedStream Stream)? Given { get; set; }

    /// <summary>Told when a recovery is awaited.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Told when the migration has ended.</summary>
    public Action? OnEnded { get; set; }

    /// <summary>Told when a connection was served to its end.</summary>
    public Action? OnConnectionDone { get; set; }

    /// <inheritdoc/>
    public override string? StartIncoming(string uri, bool exitOnError)
    {
        if (uri == Descriptor && _observation.Options.Monitor.SetsUpByCommand && Descriptors.TakeNamed(MonitorRequests.MainDescriptorName) is null)
            return $"File descriptor named '{MonitorRequests.MainDescriptorName}' has not been found";
        IncomingMigration migration = new(_environment, _machine, _memory, VirtualMachine, Capabilities.Copy(), Parameters.Copy());
        _trace.State = migration.State;
        migration.TryBegin();
        try
        {
            if (uri is Descriptor or File)
                Serve(migration, Given!.Value.Channel, Given.Value.Stream);
            else
                Listen(migration, uri);
        }
        catch (IOException taken)
        {
            migration.Abandon();
            return taken.Message;
        }

        _migration = migration;
        _loop.Spawn("destination/end", () => AwaitEndAsync(migration, exitOnError), isBackground: true);
        return null;
    }

    /// <inheritdoc/>
    public override string? StartIncomingFrom(JsonElement address, bool exitOnError) => StartIncoming(
        address.GetProperty("transport").GetString() == "file" ? $"file:{address.GetProperty("filename").GetString()}"
        : address.GetProperty("type").GetString() == "fd" ? $"fd:{address.GetProperty("str").GetString()}"
        : $"tcp:{address.GetProperty("host").GetString()}:{address.GetProperty("port").GetString()}",
        exitOnError);

    /// <inheritdoc/>
    public override string? StartRecovery(string uri)
    {
        try
        {
            Listen(_migration!, uri);
        }
        catch (IOException taken)
        {
            return taken.Message;
        }

        _observation.RecoveryAddress = uri;
        OnRecovery?.Invoke();
        return null;
    }

    /// <inheritdoc/>
    public override void Quit()
    {
        if (IsLeaving)
            return;
        _observation.QuitMicroseconds = _trace.Stamp;
        Leave();
        _trace.Shutdown("host-qmp-quit");
    }

    /// <inheritdoc/>
    protected override void CloseDescriptor(int descriptor) => _observation.ClosedDescriptors.Add(descriptor);

    private bool IsLeaving => _observation.LeavesNanoseconds is not null;

    // The process ends: what is due to monitors is still sent, and the system resets the connections. Who comes now finds nobody.
    private void Leave()
    {
        _observation.LeavesOrder = _observation.NextOrder();
        _observation.LeavesNanoseconds = _loop.NowNanoseconds;
        _loop.Spawn("host/end", async () =>
        {
            await _loop.Point("host.end");
            _monitor.End();
            _migration?.PowerOff();
            foreach (Listener listener in _listeners)
                listener.Close();
            if (_migration is { Ended.IsCompleted: true })
                return;
            foreach (FabricConnection connection in _fabric.Connections)
                connection.Reset();
        }, isBackground: true);
    }

    private void Listen(IncomingMigration migration, string address)
    {
        _listeners.Add(_fabric.Listen(address));
        SimulatedListener listener = new(_loop, _listeners[^1], _observation);
        _environment.Spawn("listener", () => migration.ServeAsync(listener));
    }

    private void Serve(IncomingMigration migration, Qemu.Migration.Destination.Hosting.MigrationChannel channel, ReceivedStream stream)
    {
        stream.TaskName = "connection/given";
        _environment.Spawn(stream.TaskName, () => migration.AttachAsync(channel));
    }

    private void EndConnection(string task)
    {
        foreach (ReceivedStream stream in _observation.Streams)
        {
            if (stream.TaskName != task)
                continue;
            stream.IsDone = true;
            OnConnectionDone?.Invoke();
        }
    }

    private async Task AwaitEndAsync(IncomingMigration migration, bool exitOnError)
    {
        await migration.Ended;
        if (migration.State.Error is not null && exitOnError && !IsLeaving)
            Leave();
        OnEnded?.Invoke();
    }
}
