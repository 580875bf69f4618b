using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;

namespace Fuzzing.Targets.Text;

/// <summary>What a fuzzed monitor's commands act on: a migration that begins and to which nobody connects.</summary>
internal sealed class FuzzIncomingHost : IncomingHost
{
    private readonly FuzzDestination _destination = new(Machines.None, Machines.With());
    private MigrationCapabilities _capabilities = new();
    private MigrationParameters _parameters = new();
    private VirtualMachine _guest = new(true, MigrationTrace.None);
    private bool _hasBegun;

    public override IncomingMigration? Migration => _hasBegun ? _destination.Migration : null;

    public override IReadOnlyList<SocketAddress> ListeningAddresses => _hasBegun ? [new SocketAddress { Type = "unix", Path = "/x" }] : [];

    public override MigrationCapabilities Capabilities => _capabilities;

    public override MigrationParameters Parameters => _parameters;

    public override MachineProfile Machine => Machines.None;

    public override VirtualMachine VirtualMachine => _guest;

    /// <summary>Everything is as before the first command.</summary>
    public void Reset()
    {
        _capabilities = new();
        _parameters = new();
        _guest = new(true, MigrationTrace.None);
        _hasBegun = false;
    }

    public override string? StartIncoming(string uri, bool exitOnError)
    {
        if (uri.Length % 4 == 3)
            return "the address is in use";
        _destination.Begin();
        _hasBegun = true;
        return null;
    }

    public override void Quit()
    {
    }
}
