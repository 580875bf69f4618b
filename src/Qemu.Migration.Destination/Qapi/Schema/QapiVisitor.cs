using System.Text.Json;

namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>Checks JSON against its QAPI type, in the order and with the error texts of QEMU 10.0.2.</summary>
internal static class QapiVisitor
{
    /// <summary>Checks a value.</summary>
    /// <param name="type">The type.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Its path in the command's arguments, such as <c>capabilities[0].state</c>; empty for the arguments
    /// themselves.</param>
    /// <returns>The first thing wrong, or null.</returns>
    public static string? Check(QapiType type, JsonElement value, string path = "") => type switch
    {
        QapiObject members => CheckObject(members, value, path),
        QapiArray list => CheckArray(list, value, path),
        QapiEnum values => CheckEnum(values, value, path),
        QapiInteger integer => CheckInteger(integer, value, path),
        QapiAlternate alternate => alternate.Types.Any(t => Check(t, value, path) is null) ? null : WrongType(path, alternate.Name),
        QapiBuiltin builtin => Matches(builtin, value.ValueKind) ? null : WrongType(path, builtin.JsonType),
        _ => throw new ArgumentException($"no such type: {type}", nameof(type)),
    };

    private static string? CheckObject(QapiObject type, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return WrongType(path, "object");
        List<string> known = [];
        if (CheckMembers(type, value, path, known) is { } error)
            return error;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (!known.Contains(member.Name))
                return $"Parameter '{Join(path, member.Name)}' is unexpected";
        }
        return null;
    }

    private static string? CheckMembers(QapiObject type, JsonElement value, string path, List<string> known)
    {
        foreach (QapiMember member in type.Members)
        {
            known.Add(member.Name);
            string memberPath = Join(path, member.Name);
            string? error = value.TryGetProperty(member.Name, out JsonElement found) ? Check(member.Type, found, memberPath)
                : member.IsOptional ? null
                : $"Parameter '{memberPath}' is missing";
            if (error is not null)
                return error;
        }
        return type.Tag is { } tag && type.Variants.TryGetValue(value.GetProperty(tag).GetString()!, out QapiObject? variant)
            ? CheckMembers(variant, value, path, known)
            : null;
    }

    private static string? CheckArray(QapiArray type, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return WrongType(path, "array");
        foreach ((int index, JsonElement element) in value.EnumerateArray().Index())
        {
            if (Check(type.Element, element, $"{path}[{index}]") is { } error)
                return error;
        }
        return null;
    }

    private static string? CheckEnum(QapiEnum type, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
            return WrongType(path, "string");
        return type.Values.Contains(value.GetString(), StringComparer.Ordinal)
            ? null
            : $"Parameter '{LastName(path)}' does not accept value '{value.GetString()}'";
    }

    // As in QEMU, an unsigned type accepts a negative number of 64 bits, which wraps around. A number with a fraction or an exponent is
    // not an integer.
    private static string? CheckInteger(QapiInteger type, JsonElement value, string path)
    {
        bool isSigned = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _);
        if (type.UnsignedBits is not { } bits)
            return isSigned ? null : WrongType(path, "integer");
        if (!isSigned && (value.ValueKind != JsonValueKind.Number || !value.TryGetUInt64(out _)))
            return $"Parameter '{path}' expects uint64";
        return bits == 64 || ToUInt64(value) >> bits == 0 ? null : $"Parameter '{LastName(path)}' expects uint{bits}_t";
    }

    /// <summary>The number of a value that <see cref="Check"/> accepted as an unsigned integer.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Its number.</returns>
    public static ulong ToUInt64(JsonElement value) =>
        value.TryGetUInt64(out ulong number) ? number : unchecked((ulong)value.GetInt64());

    private static bool Matches(QapiBuiltin type, JsonValueKind kind) => type.JsonType switch
    {
        "string" => kind == JsonValueKind.String,
        "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "number" => kind == JsonValueKind.Number,
        "null" => kind == JsonValueKind.Null,
        _ => true,
    };

    private static string WrongType(string path, string expected) => $"Invalid parameter type for '{path}', expected: {expected}";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    // QEMU writes 'null' for an element of a list, which has no name.
    private static string LastName(string path) => path.EndsWith(']') ? "null" : path[(path.LastIndexOf('.') + 1)..];
}
