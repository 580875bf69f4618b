using System.Text.Json;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Transports;

namespace Fuzzing.Targets.Monitors;

/// <summary>A host whose migration begins when a monitor says so, with what monitors have set, as the daemon's does.</summary>
/// <param name="destination">The destination.</param>
internal sealed class MonitorHost(FuzzDestination destination) : AccountingHost
{
    private MigrationCapabilities _capabilities = new();
    private MigrationParameters _parameters = new();
    private bool _hasBegun;
    private bool _listens;
    private bool _hasChannel;

    /// <summary>Where the events of this run come from.</summary>
    public QmpEvents Events { get; private set; } = new(TimeProvider.System, new());

    public override IncomingMigration? Migration => _hasBegun ? destination.Migration : null;

    public override IReadOnlyList<SocketAddress> ListeningAddresses => _listens ? [new SocketAddress { Type = "unix", Path = "/x" }] : [];

    public override MigrationCapabilities Capabilities => _capabilities;

    public override MigrationParameters Parameters => _parameters;

    public override MachineProfile Machine => Machines.None;

    public override VirtualMachine VirtualMachine => destination.Guest;

    /// <summary>Begins a run.</summary>
    public void Reset()
    {
        ForgetDescriptors();
        _capabilities = new();
        _parameters = new();
        _hasBegun = _listens = _hasChannel = false;
        Events = new(destination.Environment.TimeProvider, _capabilities);
        destination.Environment.Events = Events;
    }

    /// <summary>A peer connects: where something listens, or as the one channel that there is.</summary>
    /// <param name="channel">The connection.</param>
    public void Connect(ScriptedChannel channel)
    {
        if (_hasBegun && (_listens || !_hasChannel))
            destination.Connect(channel);
        else
            destination.Environment.Refused.Add(channel.Name);
        _hasChannel = true;
    }

    public override string? StartIncoming(string uri, bool exitOnError) => Start(() => MigrationAddress.Parse(uri));

    public override string? StartIncomingFrom(JsonElement address, bool exitOnError) => Start(() => QapiAddress.Read(address));

    public override string? StartRecovery(string uri)
    {
        if (Open(() => MigrationAddress.Parse(uri), out bool listens) is { } reason)
            return reason;
        Serve(listens);
        return null;
    }

    public override void Quit() => Events.Shutdown("host-qmp-quit");

    private string? Start(Func<MigrationAddress> read)
    {
        if (Open(read, out bool listens) is { } reason)
            return reason;
        destination.BeginWith(_capabilities.Copy(), _parameters.Copy());
        _hasBegun = true;
        Serve(listens);
        return null;
    }

    private void Serve(bool listens)
    {
        (_listens, _hasChannel) = (listens, false);
        if (listens)
            destination.Listen();
    }

    private string? Open(Func<MigrationAddress> read, out bool listens)
    {
        listens = false;
        try
        {
            MigrationAddress address = read();
            if (address.FindConflict(_capabilities) is { } conflict)
                return conflict;
            address = address.Take(Descriptors);
            listens = address is TcpAddress or UnixAddress;

            // The transport owns it, and closes it when it ends.
            if (address is DescriptorAddress { IsPassed: true } passed)
                CloseDescriptor(passed.Number);
            return null;
        }
        catch (Exception error) when (error is FormatException or IOException)
        {
            return error.Message;
        }
    }
}
