using System.Globalization;
using System.Text.Json;
using Qemu.Migration.Destination.Parameters;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination;

/// <summary>
/// The migration parameters of QEMU 7.2, 10.0 and 11.1, with the defaults, ranges and error texts of 10.0. This destination stores
/// them all, so that a manager's settings come back as they were, and heeds those that concern the receiving side. A setter
/// replaces all values in one step, so any task may read while a monitor sets.
/// </summary>
public sealed class MigrationParameters
{
    private static readonly ParameterDefinition[] Definitions = ParameterTable.All;

    // One value for each definition.
    private volatile object?[] _values = [.. Definitions.Select(d => d.Default)];

    /// <summary>Every parameter's QAPI name, in the schema's order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Definitions.Select(d => d.Name)];

    /// <summary><c>multifd-channels</c>: multifd channels to expect, 1 to 255.</summary>
    public int MultifdChannels => (int)(ulong)this["multifd-channels"]!;

    /// <summary><c>multifd-compression</c>: <c>none</c>, <c>zlib</c> or <c>zstd</c>.</summary>
    public string MultifdCompression => (string)this["multifd-compression"]!;

    /// <summary>A parameter's value: <see cref="ulong"/>, <see cref="bool"/>, <see cref="string"/>, <see cref="JsonElement"/> for a list,
    /// or null for a list that was not set.</summary>
    /// <param name="name">Its QAPI name.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public object? this[string name] => _values[IndexOf(name) is >= 0 and int index
        ? index
        : throw new ArgumentException($"there is no migration parameter '{name}'", nameof(name))];

    /// <summary>The parameters that a release of QEMU has.</summary>
    /// <param name="release">One release.</param>
    /// <returns>Their names, in the schema's order.</returns>
    public static IReadOnlyList<string> NamesOf(QemuReleases release) =>
        [.. Definitions.Where(d => d.Releases.HasFlag(release)).Select(d => d.Name)];

    /// <summary>Copies the current values, for a migration that must not see later changes.</summary>
    /// <returns>An independent copy.</returns>
    public MigrationParameters Copy() => new() { _values = _values };

    /// <summary>Sets parameters as <c>migrate-set-parameters</c> does: all of them, or none and an error.</summary>
    /// <param name="members">A JSON object of names and values.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? TrySet(JsonElement members)
    {
        if (QapiVisitor.Check(QapiTypes.MigrationParameters, members) is { } wrong)
            return wrong;
        object?[] values = [.. _values];
        foreach (JsonProperty member in members.EnumerateObject())
            values[IndexOf(member.Name)] = Definitions[IndexOf(member.Name)].Read(member.Value);
        for (int i = 0; i < Definitions.Length; i++)
        {
            if (!Definitions[i].Accepts(values[i], name => values[IndexOf(name)]))
                return Definitions[i].RangeError;
        }
        _values = values;
        return null;
    }

    /// <summary>Sets one parameter from a command line's text.</summary>
    /// <param name="name">Its QAPI name.</param>
    /// <param name="text">Its value; a boolean is <c>on</c> or <c>off</c>, <c>true</c> or <c>false</c>; a list's elements are separated
    /// by spaces.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? TrySet(string name, string text)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(name);
            WriteText(writer, IndexOf(name) is >= 0 and int index ? Definitions[index].Type : QapiType.Text, text);
            writer.WriteEndObject();
        }
        using JsonDocument document = JsonDocument.Parse(json.ToArray());
        return TrySet(document.RootElement);
    }

    /// <summary>Writes the parameters as <c>query-migrate-parameters</c> returns them.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        for (int i = 0; i < Definitions.Length; i++)
        {
            if (_values[i] is not { } value)
                continue;
            writer.WritePropertyName(Definitions[i].Name);
            WriteValue(writer, value);
        }
        writer.WriteEndObject();
    }

    // A text that is not a value of the type becomes a JSON string, which the check refuses with QEMU's error text.
    private static void WriteText(Utf8JsonWriter writer, QapiType type, string text)
    {
        if (type == QapiType.Boolean && text is "on" or "true" or "off" or "false")
        {
            writer.WriteBooleanValue(text is "on" or "true");
        }
        else if (type is QapiInteger && ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong number))
        {
            writer.WriteNumberValue(number);
        }
        else if (type is QapiArray)
        {
            writer.WriteStartArray();
            foreach (string element in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                writer.WriteStringValue(element);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, object value)
    {
        if (value is bool flag)
            writer.WriteBooleanValue(flag);
        else if (value is ulong number)
            writer.WriteNumberValue(number);
        else if (value is JsonElement list)
            list.WriteTo(writer);
        else
            writer.WriteStringValue((string)value);
    }

    private static int IndexOf(string name) => Array.FindIndex(Definitions, d => d.Name == name);
}
