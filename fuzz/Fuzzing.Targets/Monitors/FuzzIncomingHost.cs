using System.Text.Json;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;

namespace Fuzzing.Targets.Monitors;

/// <summary>
/// What a fuzzed monitor's commands act on. The length of the address modulo 4 chooses the outcome: 0 nobody connects, 1 completes,
/// 2 fails, 3 cannot begin.
/// </summary>
internal sealed class FuzzIncomingHost : AccountingHost
{
    private static readonly byte[] Whole = StreamTemplates.Whole();

    private readonly FuzzDestination _destination = new(Machines.None, Machines.With());
    private readonly FuzzChannel _channel = new(Delivery.Lent);
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
        ForgetDescriptors();
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
        if (uri.Length % 4 == 0)
            return null;
        _channel.Reset(uri.Length % 4 == 1 ? Whole : default(ReadOnlyMemory<byte>));
        _destination.Attach(_channel);
        return null;
    }

    public override string? StartIncomingFrom(JsonElement address, bool exitOnError) =>
        StartIncoming(address.GetRawText(), exitOnError);

    public override void Quit()
    {
    }
}
