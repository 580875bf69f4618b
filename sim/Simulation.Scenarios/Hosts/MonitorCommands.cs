using System.Text;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>What the monitor's commands look like on the wire.</summary>
internal static class MonitorCommands
{
    private static readonly string[] Ids = [.. Enum.GetValues<MonitorCommand>().Select(command => $"id-{(int)command}")];
    private static readonly byte[][] Texts =
        [.. Enum.GetValues<MonitorCommand>().Select(command => Encode(command, SimulatedHost.Address))];

    private static readonly byte[] BeginWithDescriptor = Encode(MonitorCommand.Begin, SimulatedHost.Descriptor);
    private static readonly byte[] BeginWithFile = Encode(MonitorCommand.Begin, SimulatedHost.File);

    /// <summary>The id that a command carries and its reply must carry.</summary>
    public static string IdOf(MonitorCommand command) => Ids[(int)command];

    /// <summary>A command's line.</summary>
    public static ReadOnlyMemory<byte> TextOf(MonitorCommand command, MigrationOptions migration) =>
        (command, migration.Transport) switch
        {
            (MonitorCommand.Begin, Transport.Descriptor) => BeginWithDescriptor,
            (MonitorCommand.Begin, Transport.File) => BeginWithFile,
            _ => Texts[(int)command],
        };

    private static byte[] Encode(MonitorCommand command, string address)
    {
        string body = command switch
        {
            MonitorCommand.Negotiate => """ "execute": "qmp_capabilities" """,
            MonitorCommand.QueryMigrate => """ "execute": "query-migrate" """,
            MonitorCommand.QueryStatus => """ "execute": "query-status" """,
            MonitorCommand.Begin or MonitorCommand.BeginAgain => Begin(address),
            MonitorCommand.BeginAtTakenAddress => Begin(SimulatedHost.TakenAddress),
            MonitorCommand.Continue => """ "execute": "cont" """,
            MonitorCommand.Stop => """ "execute": "stop" """,
            MonitorCommand.SwitchCapability => Switch("xbzrle", "mapped-ram"),
            MonitorCommand.SetParameter => """ "execute": "migrate-set-parameters", "arguments": {"multifd-channels": 7} """,
            _ => """ "execute": "make-coffee" """,
        };
        return Encoding.UTF8.GetBytes($"{{{body}, \"id\": \"{IdOf(command)}\"}}\n");
    }

    private static string Switch(params string[] names)
    {
        IEnumerable<string> capabilities = names.Select(name => $$"""{"capability": "{{name}}", "state": false}""");
        return $$""" "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{{string.Join(", ", capabilities)}}]} """;
    }

    private static string Begin(string address) =>
        $$""" "execute": "migrate-incoming", "arguments": {"uri": "{{address}}", "exit-on-error": false} """;
}
