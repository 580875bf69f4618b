using System.Text.Json;
using System.Text.Json.Nodes;

namespace Incoming.Tests;

/// <summary>What <c>query-qmp-schema</c> returned, read as a client reads it: with no knowledge of the server.</summary>
internal sealed class QmpSchema
{
    private readonly Dictionary<string, JsonNode> _entries = [];

    public QmpSchema(JsonArray entries)
    {
        foreach (JsonNode? entry in entries)
            Assert.True(_entries.TryAdd((string)entry!["name"]!, entry), $"{entry["name"]} is there twice");
    }

    public IEnumerable<JsonNode> Entries => _entries.Values;

    public IEnumerable<string> Commands => NamesOf("command");

    public IEnumerable<string> Events => NamesOf("event");

    public JsonNode this[string name] => _entries[name];

    /// <summary>The members that a command's arguments may have, those of the variants not included.</summary>
    public IEnumerable<JsonNode> ArgumentsOf(string command) =>
        _entries[(string)_entries[command]["arg-type"]!]["members"]!.AsArray().Select(member => member!);

    /// <summary>What JSON a type is: <c>string</c>, <c>int</c>, <c>boolean</c>, <c>object</c>, <c>array</c> ...</summary>
    public string JsonTypeOf(string type) => (string)_entries[type]["meta-type"]! switch
    {
        "builtin" => (string)_entries[type]["json-type"]!,
        "enum" => "string",
        "array" => "array",
        "alternate" => "alternate",
        _ => "object",
    };

    /// <summary>Holds a value against a type.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(string type, JsonNode? value, string path)
    {
        JsonNode entry = _entries[type];
        string? error = (string)entry["meta-type"]! switch
        {
            "builtin" => IsBuiltin((string)entry["json-type"]!, value) ? null : $"is no {entry["json-type"]}",
            "enum" => entry["values"]!.AsArray().Any(v => (string?)v == (string?)value) ? null : "is none of the enumeration",
            "array" when value is JsonArray list => list
                .Select((element, i) => Check((string)entry["element-type"]!, element, $"{path}[{i}]")).FirstOrDefault(e => e is not null),
            "alternate" => entry["members"]!.AsArray().Any(m => Check((string)m!["type"]!, value, path) is null) ? null : "is none of the types",
            "object" when value is JsonObject members => CheckMembers(entry, members, path),
            _ => $"is no {entry["meta-type"]}",
        };
        return error is null || error.StartsWith(path, StringComparison.Ordinal) ? error : $"{path} {error}";
    }

    private string? CheckMembers(JsonNode type, JsonObject value, string path)
    {
        List<JsonNode> members = [];
        for (JsonNode? part = type; part is not null; part = VariantOf(part, value))
            members.AddRange(part["members"]!.AsArray().Select(m => m!));
        foreach (JsonNode member in members)
        {
            string name = (string)member["name"]!;
            if (value.TryGetPropertyValue(name, out JsonNode? found))
            {
                if (Check((string)member["type"]!, found, $"{path}.{name}") is { } error)
                    return error;
            }
            else if (!member.AsObject().ContainsKey("default"))
            {
                return $"{path}.{name} is missing";
            }
        }
        string? extra = value.Select(m => m.Key).FirstOrDefault(name => members.All(m => (string)m["name"]! != name));
        return extra is null ? null : $"{path}.{extra} is not in the schema";
    }

    private JsonNode? VariantOf(JsonNode type, JsonObject value)
    {
        if (type["tag"] is not { } tag)
            return null;
        JsonNode variant = type["variants"]!.AsArray().Single(v => (string)v!["case"]! == (string)value[(string)tag!]!)!;
        return _entries[(string)variant["type"]!];
    }

    private static bool IsBuiltin(string jsonType, JsonNode? value) => jsonType switch
    {
        "value" => true,
        "null" => value is null,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "int" => value?.GetValueKind() == JsonValueKind.Number && decimal.IsInteger(value.GetValue<decimal>()),
        _ => value?.GetValueKind() == JsonValueKind.Number,
    };

    private IEnumerable<string> NamesOf(string metaType) =>
        _entries.Values.Where(entry => (string)entry["meta-type"]! == metaType).Select(entry => (string)entry["name"]!);
}
