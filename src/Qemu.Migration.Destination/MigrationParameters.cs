using System.Globalization;
using System.Text.Json;

namespace Qemu.Migration.Destination;

/// <summary>
/// The migration parameters of QEMU 10, with its defaults, ranges and error texts. This destination stores them all, so that a
/// manager's settings come back as they were, and heeds those that concern the receiving side. Values are read and written under
/// the host's monitor lock.
/// </summary>
public sealed class MigrationParameters
{
    private static readonly Definition[] Definitions =
    [
        Number("announce-initial", 50, 0, 100_000),
        Number("announce-max", 550, 0, 100_000),
        Number("announce-rounds", 5, 0, 1000),
        new("announce-step", Kind.UInt64, 100UL) { Minimum = 1, Maximum = 10_000, Expects = "expects a value between 0 and 10000" },
        Percent("throttle-trigger-threshold", 50, 100),
        Percent("cpu-throttle-initial", 20, 99),
        Percent("cpu-throttle-increment", 10, 99),
        new("cpu-throttle-tailslow", Kind.Boolean, false),
        new("tls-creds", Kind.Text, ""),
        new("tls-hostname", Kind.Text, ""),
        new("tls-authz", Kind.Text, ""),
        new("max-bandwidth", Kind.UInt64, 128UL << 20),
        new("avail-switchover-bandwidth", Kind.UInt64, 0UL),
        new("downtime-limit", Kind.UInt64, 300UL)
        {
            Maximum = 2_000_000, Expects = "expects an integer in the range of 0 to (2000 * 1000) ms",
        },
        new("x-checkpoint-delay", Kind.UInt32, 20_000UL),
        Level("multifd-channels", 2, 1, 255),
        new("xbzrle-cache-size", Kind.UInt64, 64UL << 20)
        {
            Minimum = 4096, PowerOfTwo = true, Expects = "expects a power of two no less than the target page size",
        },
        new("max-postcopy-bandwidth", Kind.UInt64, 0UL),
        new("max-cpu-throttle", Kind.Byte, 99UL)
        {
            Maximum = 99, AtLeast = "cpu-throttle-initial", Expects = "expects an integer in the range of cpu_throttle_initial to 99",
        },
        new("multifd-compression", Kind.Enumeration, "none") { Values = ["none", "zlib", "zstd"] },
        Level("multifd-zlib-level", 1, 0, 9),
        Level("multifd-qatzip-level", 1, 1, 9),
        Level("multifd-zstd-level", 1, 0, 20),
        new("block-bitmap-mapping", Kind.EmptyList, "[]"),
        Number("x-vcpu-dirty-limit-period", 1000, 1, 1000),
        new("vcpu-dirty-limit", Kind.UInt64, 1UL) { Minimum = 1, Expects = "must be greater than 1 MB/s" },
        new("mode", Kind.Enumeration, "normal") { Values = ["normal", "cpr-reboot", "cpr-transfer"] },
        new("zero-page-detection", Kind.Enumeration, "multifd") { Values = ["none", "legacy", "multifd"] },
        new("direct-io", Kind.Boolean, false),
    ];

    // One value a definition: ulong, bool or string.
    private object[] _values = [.. Definitions.Select(d => d.Default)];

    private enum Kind
    {
        Byte,
        UInt32,
        UInt64,
        Boolean,
        Text,
        Enumeration,
        EmptyList,
    }

    /// <summary>Every parameter's QAPI name, in the schema's order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Definitions.Select(d => d.Name)];

    /// <summary><c>multifd-channels</c>: multifd channels to expect, 1 to 255.</summary>
    public int MultifdChannels => (int)(ulong)this["multifd-channels"];

    /// <summary><c>multifd-compression</c>: <c>none</c>, <c>zlib</c> or <c>zstd</c>.</summary>
    public string MultifdCompression => (string)this["multifd-compression"];

    /// <summary>A parameter's value: <see cref="ulong"/>, <see cref="bool"/> or <see cref="string"/>.</summary>
    /// <param name="name">Its QAPI name.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public object this[string name] => _values[IndexOf(name) is >= 0 and int index
        ? index
        : throw new ArgumentException($"there is no migration parameter '{name}'", nameof(name))];

    /// <summary>The values as they are now, for a migration that shall not see later changes.</summary>
    /// <returns>An independent copy.</returns>
    public MigrationParameters Copy() => new() { _values = _values };

    /// <summary>Sets parameters as <c>migrate-set-parameters</c> does: all of them, or none and an error.</summary>
    /// <param name="members">A JSON object of names and values.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? TrySet(JsonElement members)
    {
        object[] values = [.. _values];
        for (int i = 0; i < Definitions.Length; i++)
        {
            if (members.TryGetProperty(Definitions[i].Name, out JsonElement member)
                && Definitions[i].Read(member, ref values[i]) is { } typeError)
                return typeError;
        }
        foreach (JsonProperty member in members.EnumerateObject())
        {
            if (IndexOf(member.Name) < 0)
                return $"Parameter '{member.Name}' is unexpected";
        }
        for (int i = 0; i < Definitions.Length; i++)
        {
            if (!Definitions[i].Accepts(values[i], values))
                return $"Parameter '{Definitions[i].NameInErrors}' {Definitions[i].Expects}";
        }
        _values = values;
        return null;
    }

    /// <summary>Sets one parameter from a command line's text.</summary>
    /// <param name="name">Its QAPI name.</param>
    /// <param name="text">Its value; a boolean is <c>on</c> or <c>off</c>, <c>true</c> or <c>false</c>.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? TrySet(string name, string text)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(name);
            Kind kind = IndexOf(name) is >= 0 and int index ? Definitions[index].Kind : Kind.Text;
            if (kind == Kind.Boolean && text is "on" or "true" or "off" or "false")
                writer.WriteBooleanValue(text is "on" or "true");
            else if (kind <= Kind.UInt64 && ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong number))
                writer.WriteNumberValue(number);
            else
                writer.WriteStringValue(text);
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
            string name = Definitions[i].Name;
            if (Definitions[i].Kind == Kind.EmptyList)
                continue;
            if (_values[i] is bool flag)
                writer.WriteBoolean(name, flag);
            else if (_values[i] is ulong number)
                writer.WriteNumber(name, number);
            else
                writer.WriteString(name, (string)_values[i]);
        }
        writer.WriteEndObject();
    }

    private static int IndexOf(string name) => Array.FindIndex(Definitions, d => d.Name == name);

    private static Definition Number(string name, ulong value, ulong minimum, ulong maximum) =>
        new(name, Kind.UInt64, value)
        {
            Minimum = minimum, Maximum = maximum, Expects = $"expects a value between {minimum} and {maximum}",
        };

    private static Definition Level(string name, ulong value, ulong minimum, ulong maximum) =>
        Number(name, value, minimum, maximum) with { Kind = Kind.Byte };

    private static Definition Percent(string name, ulong value, ulong maximum) =>
        new(name, Kind.Byte, value)
        {
            Minimum = 1, Maximum = maximum, Expects = $"expects an integer in the range of 1 to {maximum}",
        };

    /// <summary>One parameter: type, default, range, and what its error says of the range.</summary>
    private sealed record Definition(string Name, Kind Kind, object Default)
    {
        public ulong Minimum { get; init; }

        public ulong Maximum { get; init; } = ulong.MaxValue;

        public bool PowerOfTwo { get; init; }

        /// <summary>Another parameter that this one may not be less than.</summary>
        public string? AtLeast { get; init; }

        public string[] Values { get; init; } = [];

        public string Expects { get; init; } = "";

        // QEMU spells names with underscores in range errors, but for the unstable ones.
        public string NameInErrors => Name.StartsWith("x-", StringComparison.Ordinal) ? Name : Name.Replace('-', '_');

        public bool Accepts(object value, object[] all) =>
            value is not ulong number
            || (number >= Minimum && number <= Maximum
                && (!PowerOfTwo || ulong.IsPow2(number))
                && (AtLeast is null || number >= (ulong)all[IndexOf(AtLeast)]));

        public string? Read(JsonElement member, ref object value) => Kind switch
        {
            Kind.Boolean => ReadBoolean(member, ref value),
            Kind.Text => ReadText(member, ref value),
            Kind.Enumeration => ReadEnumeration(member, ref value),
            Kind.EmptyList => ReadEmptyList(member),
            _ => ReadNumber(member, ref value),
        };

        // A negative number of 64 bits wraps, as in QEMU; a fraction or exponent is no integer.
        private string? ReadNumber(JsonElement member, ref object value)
        {
            ulong number = 0;
            if (member.ValueKind != JsonValueKind.Number || !member.TryGetUInt64(out number))
            {
                if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt64(out long negative))
                    return $"Parameter '{Name}' expects uint64";
                number = unchecked((ulong)negative);
            }
            if (Kind == Kind.Byte && number > byte.MaxValue)
                return $"Parameter '{Name}' expects uint8_t";
            if (Kind == Kind.UInt32 && number > uint.MaxValue)
                return $"Parameter '{Name}' expects uint32_t";
            value = number;
            return null;
        }

        private string? ReadBoolean(JsonElement member, ref object value)
        {
            if (member.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                return $"Invalid parameter type for '{Name}', expected: boolean";
            value = member.GetBoolean();
            return null;
        }

        private string? ReadText(JsonElement member, ref object value)
        {
            if (member.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                return $"Invalid parameter type for '{Name}', expected: StrOrNull";
            value = member.GetString() ?? "";
            return null;
        }

        private string? ReadEnumeration(JsonElement member, ref object value)
        {
            if (member.ValueKind != JsonValueKind.String)
                return $"Invalid parameter type for '{Name}', expected: string";
            string text = member.GetString()!;
            if (Array.IndexOf(Values, text) < 0)
                return $"Parameter '{Name}' does not accept value '{text}'";
            value = text;
            return null;
        }

        // Dirty bitmaps belong to disks, and there are none here.
        private string? ReadEmptyList(JsonElement member)
        {
            if (member.ValueKind != JsonValueKind.Array)
                return $"Invalid parameter type for '{Name}', expected: array";
            return member.GetArrayLength() == 0 ? null : $"Parameter '{Name}' expects an empty list: there are no block devices";
        }
    }
}
