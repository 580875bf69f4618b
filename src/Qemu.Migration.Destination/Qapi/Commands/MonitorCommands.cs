using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi.Commands;

/// <summary>The commands about the monitor itself, and <c>yank</c>, which shuts the migration's connections down.</summary>
internal static class MonitorCommands
{
    /// <summary>What this program calls itself where QEMU names its package.</summary>
    public const string Package = "Qemu.Migration.Incoming";

    private static readonly QapiObject YankInstance = new(new QapiMember("type", new QapiEnum("block-node", "chardev", "migration")))
    {
        Tag = "type",
        Variants = new Dictionary<string, QapiObject>
        {
            ["block-node"] = new(new QapiMember("node-name", QapiType.Text)),
            ["chardev"] = new(new QapiMember("id", QapiType.Text)),
        },
    };

    /// <summary>The commands.</summary>
    public static IReadOnlyList<QmpCommand> All { get; } =
    [
        new("query-version", QapiObject.Empty, QapiTypes.VersionInfo, QueryVersion),
        new(
            "query-commands", QapiObject.Empty, new QapiArray(new QapiObject(new QapiMember("name", QapiType.Text))), QueryCommands),
        new("query-qmp-schema", QapiObject.Empty, new QapiArray(SchemaInfo.Type), QuerySchema),
        new(
            "query-command-line-options", new(new QapiMember("option", QapiType.Text, true)), new QapiArray(QapiObject.Empty),
            QueryOptions),
        new(
            "human-monitor-command", new(new("command-line", QapiType.Text), new("cpu-index", QapiType.Int64, true)), QapiType.Text,
            RunHumanCommand),
        new("query-yank", QapiObject.Empty, new QapiArray(YankInstance), QueryYank),
        new("yank", new(new QapiMember("instances", new QapiArray(YankInstance))), QapiObject.Empty, Yank),
    ];

    /// <summary>The version of QEMU whose behaviour this destination offers.</summary>
    public static Version Version { get; } = new(10, 0, 2);

    /// <summary>Writes QAPI <c>VersionInfo</c>.</summary>
    /// <param name="writer">Where to.</param>
    public static void WriteVersion(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("qemu");
        writer.WriteNumber("micro", Version.Build);
        writer.WriteNumber("minor", Version.Minor);
        writer.WriteNumber("major", Version.Major);
        writer.WriteEndObject();
        writer.WriteString("package", Package);
        writer.WriteEndObject();
    }

    private static void QueryVersion(QmpCall call) => WriteVersion(call.Result);

    private static void QueryCommands(QmpCall call)
    {
        call.Result.WriteStartArray();
        foreach (QmpCommand command in QmpCommands.All)
        {
            call.Result.WriteStartObject();
            call.Result.WriteString("name", command.Name);
            call.Result.WriteEndObject();
        }
        call.Result.WriteEndArray();
    }

    private static void QuerySchema(QmpCall call) => SchemaWriter.Write(call.Result, QmpCommands.All, QmpEvents.Schema);

    // QEMU lists the options that a configuration file can set. This program reads no configuration file.
    private static QmpError? QueryOptions(QmpCall call)
    {
        if (call.Arguments.String("option") is { } option)
            return QmpError.Generic($"invalid option name: {option}");
        call.Result.WriteStartArray();
        call.Result.WriteEndArray();
        return null;
    }

    private static QmpError? RunHumanCommand(QmpCall call)
    {
        if (call.Arguments.Integer("cpu-index") is not null)
            return QmpError.Generic("Parameter 'cpu-index' expects a CPU number");
        call.Result.WriteStringValue(HumanMonitor.Run(call.Host, call.Arguments.String("command-line")!));
        return null;
    }

    private static void QueryYank(QmpCall call)
    {
        call.Result.WriteStartArray();
        if (CanYankMigration(call.Host))
        {
            call.Result.WriteStartObject();
            call.Result.WriteString("type", "migration");
            call.Result.WriteEndObject();
        }
        call.Result.WriteEndArray();
    }

    // As in QEMU, one unknown instance fails the whole command.
    private static QmpError? Yank(QmpCall call)
    {
        List<string> types =
            [.. call.Arguments.Members.GetProperty("instances").EnumerateArray().Select(i => i.GetProperty("type").GetString()!)];
        if (types.Any(type => type != "migration" || !CanYankMigration(call.Host)))
            return new("DeviceNotFound", "Instance not found");
        if (types.Count > 0)
            call.Host.Migration!.Shutdown();
        return null;
    }

    private static bool CanYankMigration(IncomingHost host) =>
        host.Migration?.State.Status is > MigrationStatus.None and < MigrationStatus.Completed;
}
