using System.Globalization;
using System.Text.Json;

namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>
/// Writes what <c>query-qmp-schema</c> returns: a flat list of the commands, the events and the types that they use. As in QEMU, the
/// names of types are numbers, given in the order in which they are met.
/// </summary>
internal sealed class SchemaWriter
{
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<QapiType, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _fixedNames = new(StringComparer.Ordinal);
    private readonly Queue<QapiType> _pending = [];

    private SchemaWriter(Utf8JsonWriter json) => _json = json;

    /// <summary>Writes a schema.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="commands">The commands.</param>
    /// <param name="events">The events with their data.</param>
    public static void Write(
        Utf8JsonWriter json, IEnumerable<QmpCommand> commands, IEnumerable<KeyValuePair<string, QapiObject>> events)
    {
        SchemaWriter schema = new(json);
        json.WriteStartArray();
        foreach (QmpCommand command in commands)
        {
            schema.Begin(command.Name, "command");
            json.WriteString("arg-type", schema.NameOf(command.Arguments));
            json.WriteString("ret-type", schema.NameOf(command.Returns));
            json.WriteEndObject();
        }
        foreach ((string name, QapiObject data) in events)
        {
            schema.Begin(name, "event");
            json.WriteString("arg-type", schema.NameOf(data));
            json.WriteEndObject();
        }
        while (schema._pending.TryDequeue(out QapiType? type))
            schema.WriteType(type);
        json.WriteEndArray();
    }

    // Types that are not named by their content are the same type where they are the same object.
    private string NameOf(QapiType type)
    {
        string? fixedName = type switch
        {
            QapiBuiltin builtin => builtin.Name,
            QapiInteger => "int",
            QapiArray list => $"[{NameOf(list.Element)}]",
            _ => null,
        };
        if (fixedName is not null)
        {
            if (_fixedNames.Add(fixedName))
                _pending.Enqueue(type);
            return fixedName;
        }
        if (_names.TryGetValue(type, out string? name))
            return name;
        name = _names.Count.ToString(CultureInfo.InvariantCulture);
        _names.Add(type, name);
        _pending.Enqueue(type);
        return name;
    }

    private void WriteType(QapiType type)
    {
        switch (type)
        {
            case QapiBuiltin builtin:
                Begin(builtin.Name, "builtin");
                _json.WriteString("json-type", builtin.JsonType);
                break;
            case QapiInteger:
                Begin("int", "builtin");
                _json.WriteString("json-type", "int");
                break;
            case QapiArray list:
                Begin(NameOf(list), "array");
                _json.WriteString("element-type", NameOf(list.Element));
                break;
            case QapiEnum values:
                WriteEnum(values);
                break;
            case QapiAlternate alternate:
                WriteAlternate(alternate);
                break;
            case QapiObject members:
                WriteObject(members);
                break;
        }
        _json.WriteEndObject();
    }

    private void WriteEnum(QapiEnum type)
    {
        Begin(NameOf(type), "enum");
        _json.WriteStartArray("members");
        foreach (string value in type.Values)
        {
            _json.WriteStartObject();
            _json.WriteString("name", value);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteStartArray("values");
        foreach (string value in type.Values)
            _json.WriteStringValue(value);
        _json.WriteEndArray();
    }

    private void WriteAlternate(QapiAlternate type)
    {
        Begin(NameOf(type), "alternate");
        _json.WriteStartArray("members");
        foreach (QapiType choice in type.Types)
        {
            _json.WriteStartObject();
            _json.WriteString("type", NameOf(choice));
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    private void WriteObject(QapiObject type)
    {
        Begin(NameOf(type), "object");
        _json.WriteStartArray("members");
        foreach (QapiMember member in type.Members)
        {
            _json.WriteStartObject();
            _json.WriteString("name", member.Name);
            _json.WriteString("type", NameOf(member.Type));
            if (member.IsOptional)
                _json.WriteNull("default");
            if (member.Name.StartsWith("x-", StringComparison.Ordinal))
            {
                _json.WriteStartArray("features");
                _json.WriteStringValue("unstable");
                _json.WriteEndArray();
            }
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        if (type.Tag is not { } tag)
            return;
        _json.WriteString("tag", tag);
        _json.WriteStartArray("variants");
        foreach (string name in ((QapiEnum)type.Members.First(m => m.Name == tag).Type).Values)
        {
            _json.WriteStartObject();
            _json.WriteString("case", name);
            _json.WriteString("type", NameOf(type.Variants.GetValueOrDefault(name, QapiObject.Empty)));
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    private void Begin(string name, string metaType)
    {
        _json.WriteStartObject();
        _json.WriteString("name", name);
        _json.WriteString("meta-type", metaType);
    }
}
