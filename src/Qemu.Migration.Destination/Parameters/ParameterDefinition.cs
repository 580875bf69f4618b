using System.Text.Json;

namespace Qemu.Migration.Destination.Parameters;

/// <summary>The type of a migration parameter.</summary>
internal enum ParameterKind
{
    /// <summary>QAPI <c>uint8</c>, a <see cref="ulong"/> here.</summary>
    Byte,

    /// <summary>QAPI <c>uint32</c>, a <see cref="ulong"/> here.</summary>
    UInt32,

    /// <summary>QAPI <c>uint64</c> or <c>size</c>, a <see cref="ulong"/> here.</summary>
    UInt64,

    /// <summary>QAPI <c>bool</c>.</summary>
    Boolean,

    /// <summary>QAPI <c>StrOrNull</c>, where null is the empty text.</summary>
    Text,

    /// <summary>A QAPI enumeration, a <see cref="string"/> here.</summary>
    Enumeration,

    /// <summary>A list of QAPI <c>str</c>, an array of <see cref="string"/> here.</summary>
    TextList,

    /// <summary>A list of QAPI <c>BitmapMigrationNodeAlias</c>. There are no block devices here, so that it can only be empty; null
    /// when it was not set.</summary>
    BitmapMapping,
}

/// <summary>One migration parameter: type, default, range, and what QEMU 10.0 says of a value that is none.</summary>
/// <param name="Name">Its QAPI name.</param>
/// <param name="Kind">Its type.</param>
/// <param name="Default">Its value at the start: <see cref="ulong"/>, <see cref="bool"/>, <see cref="string"/>, an array, or null.</param>
internal sealed record ParameterDefinition(string Name, ParameterKind Kind, object? Default)
{
    /// <summary>The releases of QEMU that have it.</summary>
    public QemuReleases Releases { get; init; } = QemuReleases.All;

    /// <summary>The least number.</summary>
    public ulong Minimum { get; init; }

    /// <summary>The greatest number.</summary>
    public ulong Maximum { get; init; } = ulong.MaxValue;

    /// <summary>Whether a number must be a power of two.</summary>
    public bool PowerOfTwo { get; init; }

    /// <summary>Another parameter that this one may not be less than.</summary>
    public string? AtLeast { get; init; }

    /// <summary>The values of an enumeration.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>What a number out of range is told: the end of a sentence that begins with the parameter's name.</summary>
    public string Expects { get; init; } = "";

    /// <summary>The error of a number out of range. QEMU 10.0 spells names with underscores here, but for unstable ones; what only 11.1
    /// has is told as 11.1 tells it.</summary>
    public string RangeError => Releases == QemuReleases.V11_1
        ? $"Option {Name.Replace('-', '_')} {Expects}"
        : $"Parameter '{(Name.StartsWith("x-", StringComparison.Ordinal) ? Name : Name.Replace('-', '_'))}' {Expects}";

    /// <summary>Whether a value is in range.</summary>
    /// <param name="value">The value, of the right type.</param>
    /// <param name="other">The values of the other parameters, by name.</param>
    /// <returns>True when it is.</returns>
    public bool Accepts(object? value, Func<string, object?> other) =>
        value is not ulong number
        || (number >= Minimum && number <= Maximum
            && (!PowerOfTwo || ulong.IsPow2(number))
            && (AtLeast is null || number >= (ulong)other(AtLeast)!));

    /// <summary>Reads a value of the parameter's type; its range is not looked at.</summary>
    /// <param name="member">The value as JSON.</param>
    /// <param name="value">The value.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? Read(JsonElement member, ref object? value) => Kind switch
    {
        ParameterKind.Boolean => ReadBoolean(member, ref value),
        ParameterKind.Text => ReadText(member, ref value),
        ParameterKind.Enumeration => ReadEnumeration(member, ref value),
        ParameterKind.TextList => ReadTextList(member, ref value),
        ParameterKind.BitmapMapping => ReadBitmapMapping(member, ref value),
        _ => ReadNumber(member, ref value),
    };

    // A negative number of 64 bits wraps, as in QEMU; a fraction or exponent is no integer.
    private string? ReadNumber(JsonElement member, ref object? value)
    {
        ulong number = 0;
        if (member.ValueKind != JsonValueKind.Number || !member.TryGetUInt64(out number))
        {
            if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt64(out long negative))
                return $"Parameter '{Name}' expects uint64";
            number = unchecked((ulong)negative);
        }
        if (Kind == ParameterKind.Byte && number > byte.MaxValue)
            return $"Parameter '{Name}' expects uint8_t";
        if (Kind == ParameterKind.UInt32 && number > uint.MaxValue)
            return $"Parameter '{Name}' expects uint32_t";
        value = number;
        return null;
    }

    private string? ReadBoolean(JsonElement member, ref object? value)
    {
        if (member.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return WrongType("boolean");
        value = member.GetBoolean();
        return null;
    }

    private string? ReadText(JsonElement member, ref object? value)
    {
        if (member.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            return WrongType("StrOrNull");
        value = member.GetString() ?? "";
        return null;
    }

    private string? ReadEnumeration(JsonElement member, ref object? value)
    {
        if (member.ValueKind != JsonValueKind.String)
            return WrongType("string");
        string text = member.GetString()!;
        if (!Values.Contains(text, StringComparer.Ordinal))
            return $"Parameter '{Name}' does not accept value '{text}'";
        value = text;
        return null;
    }

    private string? ReadTextList(JsonElement member, ref object? value)
    {
        if (member.ValueKind != JsonValueKind.Array)
            return WrongType("array");
        foreach ((int index, JsonElement element) in member.EnumerateArray().Index())
        {
            if (element.ValueKind != JsonValueKind.String)
                return $"Invalid parameter type for '{Name}[{index}]', expected: string";
        }
        value = (string[])[.. member.EnumerateArray().Select(element => element.GetString()!)];
        return null;
    }

    private string? ReadBitmapMapping(JsonElement member, ref object? value)
    {
        if (member.ValueKind != JsonValueKind.Array)
            return WrongType("array");
        if (member.GetArrayLength() > 0)
            return $"Parameter '{Name}' expects an empty list: there are no block devices";
        value = System.Array.Empty<string>();
        return null;
    }

    private string WrongType(string expected) => $"Invalid parameter type for '{Name}', expected: {expected}";
}
