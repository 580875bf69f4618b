using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;

namespace Incoming.Tests;

/// <summary>A host in memory, with one session whose lines are kept.</summary>
internal sealed class QmpHost : IncomingHost
{
    private readonly TestKit.Destination _destination;
    private IncomingMigration? _migration;

    public QmpHost(TestKit.Destination destination)
    {
        _destination = destination;
        Events = new(destination.Environment.Time, Capabilities);
        Session = new(this, line => Lines.Add(System.Text.Encoding.UTF8.GetString(line.Span)));
        Events.Attach(Session);
    }

    public List<string> Lines { get; } = [];

    public QmpEvents Events { get; }

    public QmpSession Session { get; }

    public string? TransportError { get; set; }

    public string? Address { get; private set; }

    public List<int> Closed { get; } = [];

    public bool? ExitOnError { get; private set; }

    public bool HasQuit { get; private set; }

    public List<SocketAddress> Addresses { get; } = [];

    public override IncomingMigration? Migration => _migration;

    public override IReadOnlyList<SocketAddress> ListeningAddresses => Addresses;

    public override MigrationCapabilities Capabilities { get; } = new();

    public override MigrationParameters Parameters { get; } = new();

    public override MachineProfile Machine => _destination.Machine;

    public override VirtualMachine VirtualMachine => _destination.Guest;

    public override string? StartIncoming(string uri, bool exitOnError)
    {
        if (TransportError is not null)
            return TransportError;
        _destination.Migration.TryBegin();
        _migration = _destination.Migration;
        ExitOnError = exitOnError;
        return null;
    }

    public override string? StartIncomingFrom(JsonElement address, bool exitOnError)
    {
        Address = address.GetRawText();
        return StartIncoming("", exitOnError);
    }

    public override void Quit()
    {
        HasQuit = true;
        Events.Shutdown("host-qmp-quit");
    }

    protected override void CloseDescriptor(int descriptor) => Closed.Add(descriptor);
}
