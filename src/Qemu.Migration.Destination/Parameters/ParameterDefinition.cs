using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Parameters;

/// <summary>One migration parameter: type, default, range, and what QEMU 10.0 says of a number out of range.</summary>
/// <param name="Name">Its QAPI name.</param>
/// <param name="Type">Its QAPI type.</param>
/// <param name="Default">Its value at the start, null for none. Numbers are <see cref="ulong"/>, texts and values of enumerations
/// <see cref="string"/> where null is the empty text, lists <see cref="JsonElement"/>.</param>
internal sealed record ParameterDefinition(string Name, QapiType Type, object? Default)
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

    /// <summary>Reads a value that was held against the type.</summary>
    /// <param name="member">The value as JSON.</param>
    /// <returns>The value.</returns>
    public object Read(JsonElement member) => member.ValueKind switch
    {
        JsonValueKind.Number => QapiVisitor.ToUInt64(member),
        JsonValueKind.True or JsonValueKind.False => member.GetBoolean(),
        JsonValueKind.Array => member.Clone(),
        _ => member.GetString() ?? "",
    };
}
