using System.Text.Json;
using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>The commands of a QMP session, by name.</summary>
internal static class QmpCommands
{
    private static readonly SortedDictionary<string, Handler> Handlers = new(StringComparer.Ordinal)
    {
        ["cont"] = Continue,
        ["migrate-incoming"] = MigrateIncoming,
        ["migrate-set-capabilities"] = SetCapabilities,
        ["migrate-set-parameters"] = SetParameters,
        ["migrate_cancel"] = Cancel,
        ["query-commands"] = QueryCommands,
        ["query-migrate"] = QueryMigrate,
        ["query-migrate-capabilities"] = QueryCapabilities,
        ["query-migrate-parameters"] = QueryParameters,
        ["query-status"] = QueryStatus,
        ["query-version"] = QueryVersion,
        ["quit"] = Quit,
        ["stop"] = Stop,
    };

    // Writes its result and returns null, or returns an error; what it has written is then dropped.
    private delegate QmpError? Handler(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result);

    public static QmpError? Execute(IncomingHost host, string name, QmpArguments arguments, Utf8JsonWriter result) =>
        Handlers.TryGetValue(name, out Handler? handler)
            ? handler(host, arguments, result)
            : QmpError.NotFound($"The command {name} has not been found");

    /// <summary>The version of QEMU whose behaviour is offered.</summary>
    public static void WriteVersion(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("qemu");
        writer.WriteNumber("micro", 2);
        writer.WriteNumber("minor", 0);
        writer.WriteNumber("major", 10);
        writer.WriteEndObject();
        writer.WriteString("package", "Qemu.Migration.Incoming");
        writer.WriteEndObject();
    }

    public static void WriteEmpty(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }

    private static QmpError? QueryMigrate(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        MigrationInfo info = MigrationInfo.From(host.Migration?.State, host.ListeningAddresses);
        JsonSerializer.Serialize(result, info, QapiJsonContext.Default.MigrationInfo);
        return arguments.Check();
    }

    private static QmpError? MigrateIncoming(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        string? uri = arguments.String("uri");
        bool exitOnError = arguments.Boolean("exit-on-error") ?? true;
        if (arguments.Check() is { } error)
            return error;
        if (uri is null)
            return QmpError.Generic("need 'uri' argument");
        if (host.Migration is not null)
            return QmpError.Generic("The incoming migration has already been started");
        if (host.VirtualMachine.State != RunState.InMigrate)
            return QmpError.Generic("'-incoming' was not specified on the command line");
        if (host.StartIncoming(uri, exitOnError) is { } reason)
            return QmpError.Generic(reason);
        WriteEmpty(result);
        return null;
    }

    private static QmpError? SetCapabilities(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        MigrationCapabilities wanted = host.Capabilities.Copy();
        var list = arguments.Array("capabilities") ?? arguments.Fail<IReadOnlyList<(JsonElement, string)>>(
            "Parameter 'capabilities' is missing");
        foreach ((JsonElement element, string path) in list ?? [])
        {
            if (ReadCapability(element, path, wanted) is { } reason)
                arguments.Fail<string>(reason);
        }
        if (arguments.Check() is { } error)
            return error;
        if (CapabilityRules.Check(wanted, host.Parameters.MultifdCompression) is { } conflict)
            return QmpError.Generic(conflict);
        if (host.Migration is not null && wanted["multifd"] && !host.Capabilities["multifd"])
            return QmpError.Generic("Multifd must be set before incoming starts");
        host.Capabilities.Assign(wanted);
        WriteEmpty(result);
        return null;
    }

    private static string? ReadCapability(JsonElement element, string path, MigrationCapabilities wanted)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return $"Invalid parameter type for '{path}', expected: object";
        if (!element.TryGetProperty("capability", out JsonElement name))
            return $"Parameter '{path}.capability' is missing";
        if (name.ValueKind != JsonValueKind.String)
            return $"Invalid parameter type for '{path}.capability', expected: string";
        if (!MigrationCapabilities.Names.Contains(name.GetString(), StringComparer.Ordinal))
            return $"Parameter 'capability' does not accept value '{name.GetString()}'";
        if (!element.TryGetProperty("state", out JsonElement state))
            return $"Parameter '{path}.state' is missing";
        if (state.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return $"Invalid parameter type for '{path}.state', expected: boolean";
        foreach (JsonProperty member in element.EnumerateObject())
        {
            if (member.Name is not ("capability" or "state"))
                return $"Parameter '{path}.{member.Name}' is unexpected";
        }
        wanted.Set(name.GetString()!, state.GetBoolean());
        return null;
    }

    private static QmpError? QueryCapabilities(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        result.WriteStartArray();
        foreach (string name in MigrationCapabilities.Names)
        {
            result.WriteStartObject();
            result.WriteBoolean("state", host.Capabilities[name]);
            result.WriteString("capability", name);
            result.WriteEndObject();
        }
        result.WriteEndArray();
        return arguments.Check();
    }

    private static QmpError? SetParameters(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        if (host.Parameters.TrySet(arguments.Members) is { } reason)
            return QmpError.Generic(reason);
        WriteEmpty(result);
        return null;
    }

    private static QmpError? QueryParameters(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        host.Parameters.WriteTo(result);
        return arguments.Check();
    }

    private static QmpError? QueryStatus(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        RunState state = host.VirtualMachine.State;
        result.WriteStartObject();
        result.WriteString("status", state.ToQapi());
        result.WriteBoolean("running", state == RunState.Running);
        result.WriteEndObject();
        return arguments.Check();
    }

    private static QmpError? QueryVersion(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        WriteVersion(result);
        return arguments.Check();
    }

    private static QmpError? QueryCommands(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result)
    {
        result.WriteStartArray();
        foreach (string name in Handlers.Keys.Append("qmp_capabilities"))
        {
            result.WriteStartObject();
            result.WriteString("name", name);
            result.WriteEndObject();
        }
        result.WriteEndArray();
        return arguments.Check();
    }

    private static QmpError? Continue(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result) =>
        Do(host.VirtualMachine.Continue, arguments, result);

    // A destination cannot be cancelled: QEMU's accepts the command and does nothing (stream reference, section 7.1).
    private static QmpError? Cancel(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result) =>
        Do(() => { }, arguments, result);

    private static QmpError? Stop(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result) =>
        Do(host.VirtualMachine.Stop, arguments, result);

    private static QmpError? Quit(IncomingHost host, QmpArguments arguments, Utf8JsonWriter result) =>
        Do(host.Quit, arguments, result);

    private static QmpError? Do(Action action, QmpArguments arguments, Utf8JsonWriter result)
    {
        if (arguments.Check() is { } error)
            return error;
        action();
        WriteEmpty(result);
        return null;
    }
}
