using System.Text.Json;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi.Commands;

/// <summary>The commands of a migration. Those that only a source can carry out give the errors that QEMU 10.0.2 gives on a
/// destination.</summary>
internal static class MigrationCommands
{
    /// <summary>The commands.</summary>
    public static IReadOnlyList<QmpCommand> All { get; } =
    [
        new(
            "migrate-incoming",
            new(
                new("uri", QapiType.Text, true), new("channels", new QapiArray(QapiTypes.MigrationChannel), true),
                new("exit-on-error", QapiType.Boolean, true)),
            QapiObject.Empty, MigrateIncoming),
        new(
            "migrate-set-capabilities", new(new QapiMember("capabilities", QapiTypes.MigrationCapabilityStatusList)), QapiObject.Empty,
            SetCapabilities),
        new("query-migrate-capabilities", QapiObject.Empty, QapiTypes.MigrationCapabilityStatusList, QueryCapabilities),
        new("migrate-set-parameters", QapiTypes.MigrationParameters, QapiObject.Empty, SetParameters),
        new("query-migrate-parameters", QapiObject.Empty, QapiTypes.MigrationParameters, QueryParameters),
        new("query-migrate", QapiObject.Empty, QapiTypes.MigrationInfo, QueryMigrate),
        // As in QEMU, this succeeds and does nothing on a destination (stream reference, section 7.1).
        new("migrate_cancel", QapiObject.Empty, QapiObject.Empty, _ => { }),
        new("migrate-start-postcopy", QapiObject.Empty, QapiObject.Empty, StartPostcopy),
        new("migrate-continue", new(new QapiMember("state", QapiTypes.MigrationStatus)), QapiObject.Empty, Continue),
        new("migrate-pause", QapiObject.Empty, QapiObject.Empty, Pause),
        // This command is not QEMU's. The guest here executes no code, so a client tells it what to touch.
        new(
            "x-touch", new(new("block", QapiType.Text), new("offset", QapiType.UInt64), new("length", QapiType.UInt64)),
            new QapiObject(new QapiMember("missing", QapiType.Int64)), Touch),
        new("migrate-recover", new(new QapiMember("uri", QapiType.Text)), QapiObject.Empty, Recover),
    ];

    // The order of the checks is QEMU's.
    private static QmpError? MigrateIncoming(QmpCall call)
    {
        IncomingHost host = call.Host;
        if (host.Migration is not null)
            return QmpError.Generic("The incoming migration has already been started");
        if (host.VirtualMachine.State != RunState.InMigrate)
            return QmpError.Generic("'-incoming' was not specified on the command line");
        bool exitOnError = call.Arguments.Boolean("exit-on-error") ?? true;
        JsonElement[] channels = [.. call.Arguments.Find("channels")?.EnumerateArray() ?? []];
        string? uri = call.Arguments.String("uri");
        if (uri is null == (channels.Length == 0))
            return QmpError.Generic("need either 'uri' or 'channels' argument");
        if (uri is null && (channels.Length > 1 || channels[0].GetProperty("channel-type").GetString() != "main"))
            return QmpError.Generic("Channel list must have only one entry, for type 'main'");
        return QmpError.From(uri is not null
            ? host.StartIncoming(uri, exitOnError)
            : host.StartIncomingFrom(channels[0].GetProperty("addr"), exitOnError));
    }

    private static QmpError? SetCapabilities(QmpCall call)
    {
        IncomingHost host = call.Host;
        MigrationCapabilities wanted = host.Capabilities.Copy();
        foreach (JsonElement element in call.Arguments.Members.GetProperty("capabilities").EnumerateArray())
            wanted.Set(element.GetProperty("capability").GetString()!, element.GetProperty("state").GetBoolean());
        if (wanted.FindConflict(host.Parameters) is { } conflict)
            return QmpError.Generic(conflict);
        if (host.Migration is not null && wanted["multifd"] && !host.Capabilities["multifd"])
            return QmpError.Generic("Multifd must be set before incoming starts");
        host.Capabilities.Assign(wanted);
        return null;
    }

    private static void QueryCapabilities(QmpCall call)
    {
        call.Result.WriteStartArray();
        foreach (string name in MigrationCapabilities.Names)
        {
            call.Result.WriteStartObject();
            call.Result.WriteBoolean("state", call.Host.Capabilities[name]);
            call.Result.WriteString("capability", name);
            call.Result.WriteEndObject();
        }
        call.Result.WriteEndArray();
    }

    private static QmpError? SetParameters(QmpCall call) => QmpError.From(call.Host.Parameters.TrySet(call.Arguments.Members));

    private static void QueryParameters(QmpCall call) => call.Host.Parameters.WriteTo(call.Result);

    private static void QueryMigrate(QmpCall call)
    {
        MigrationInfo info = MigrationInfo.From(call.Host.Migration?.State, call.Host.ListeningAddresses);
        JsonSerializer.Serialize(call.Result, info, QapiJsonContext.Default.MigrationInfo);
    }

    private static QmpError? StartPostcopy(QmpCall call) => QmpError.Generic(call.Host.Capabilities["postcopy-ram"]
        ? "Postcopy must be started after migration has been started"
        : "Enable postcopy with migrate_set_capability before the start of migration");

    // QEMU means the state of the outgoing migration. There is none here.
    private static QmpError? Continue(QmpCall call) => QmpError.Generic("Migration not in expected state: none");

    private static QmpError? Pause(QmpCall call) => call.Host.Migration?.TryPause() == true
        ? null
        : QmpError.Generic("migrate-pause is currently only supported during postcopy-active or postcopy-recover state");

    private static QmpError? Touch(QmpCall call)
    {
        if (call.Host.Migration is not { } migration || call.Host.VirtualMachine.State != RunState.Running)
            return QmpError.Generic("The guest does not run");
        string name = call.Arguments.String("block")!;
        if (migration.Memory.Blocks.FirstOrDefault(b => b.Name == name) is not { } block)
            return QmpError.Generic($"RAM block '{name}' not found");
        ulong offset = call.Arguments.Members.GetProperty("offset").GetUInt64();
        ulong length = call.Arguments.Members.GetProperty("length").GetUInt64();
        if (offset > (ulong)block.UsedLengthBytes || length > (ulong)block.UsedLengthBytes - offset)
            return QmpError.Generic($"RAM block '{name}' has {block.UsedLengthBytes} bytes");
        long first = (long)offset >> migration.Memory.PageShift;
        long end = ((long)(offset + length) + migration.Memory.PageSizeBytes - 1) >> migration.Memory.PageShift;
        try
        {
            long missing = migration.Touch(block, first, length == 0 ? 0 : end - first);
            call.Result.WriteStartObject();
            call.Result.WriteNumber("missing", missing);
            call.Result.WriteEndObject();
            return null;
        }
        catch (IOException error)
        {
            return QmpError.Generic(error.Message);
        }
    }

    private static QmpError? Recover(QmpCall call) => call.Host.Migration?.State.Status == MigrationStatus.PostcopyPaused
        ? QmpError.From(call.Host.StartRecovery(call.Arguments.String("uri")!))
        : QmpError.Generic("Migrate recover can only be run when postcopy is paused.");
}
