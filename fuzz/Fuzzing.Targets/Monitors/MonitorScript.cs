using Fuzzing.Engine.Coverage;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;

namespace Fuzzing.Targets.Monitors;

/// <summary>
/// A session script in which connections 6 and 7 are clients of a monitor: they begin the migration, ask in each of its states and hear of
/// its events. Bit 6 of a client's chunk passes a descriptor beside it; behind bit 7 the next chunk is of a new client.
/// </summary>
/// <param name="host">What the monitor's commands act on.</param>
internal sealed class MonitorScript(MonitorHost host) : SessionScript
{
    /// <summary>The first connection that is a monitor's client.</summary>
    public const int FirstClient = Connections - Clients;

    private const int Clients = 2;
    private const int DescriptorBit = 0x40;
    private const int LeavesBit = 0x80;
    private const int Statuses = 1 + (int)MigrationStatus.Failed;
    private static readonly int GuestStates = Enum.GetValues<RunState>().Length;
    private readonly FuzzMonitor?[] _clients = new FuzzMonitor?[Clients];

    /// <summary>In which status, and in which state of the guest, a client was heard.</summary>
    public StateCounters Situations { get; } =
        new("in which status a monitor was asked", Statuses * GuestStates);

    protected override bool ListensFirst => false;

    /// <summary>All clients disconnect.</summary>
    public void Leave()
    {
        foreach (FuzzMonitor? client in _clients)
            client?.Leave();
        Array.Clear(_clients);
    }

    /// <summary>Forgets clients of a run that did not come to its end.</summary>
    public void Reset() => Array.Clear(_clients);

    protected override bool TryObey(FuzzDestination destination, int header, ReadOnlySpan<byte> bytes)
    {
        int number = (header % Connections) - FirstClient;
        if (number < 0)
            return false;
        FuzzMonitor client = _clients[number] ??= new(host);
        int status = (int)(host.Migration?.State.Status ?? MigrationStatus.None);
        Situations.Meet((status * GuestStates) + (int)destination.GuestState);
        client.Send(bytes, (header & DescriptorBit) != 0);
        if ((header & LeavesBit) != 0)
        {
            client.Leave();
            _clients[number] = null;
        }
        destination.Drain();
        return true;
    }

    protected override void Connect(FuzzDestination destination, ScriptedChannel channel) => host.Connect(channel);
}
