using System.Text.Json;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// A command's arguments. Members are asked for one by one; the first thing wrong is kept, in QEMU's words, and told by
/// <see cref="Check"/>, which also refuses members that nobody asked for.
/// </summary>
internal sealed class QmpArguments(JsonElement? members)
{
    private readonly List<string> _asked = [];
    private string? _error;

    /// <summary>The arguments as they came; an empty object when there were none.</summary>
    public JsonElement Members { get; } = members ?? JsonElement.Parse("{}"u8);

    public string? String(string name)
    {
        JsonElement? member = Find(name);
        if (member is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            return Fail<string>($"Invalid parameter type for '{name}', expected: string");
        return value.GetString();
    }

    public bool? Boolean(string name)
    {
        JsonElement? member = Find(name);
        if (member is not { } value)
            return null;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            _error ??= $"Invalid parameter type for '{name}', expected: boolean";
            return null;
        }
        return value.GetBoolean();
    }

    /// <summary>An array's elements, each with its path for messages.</summary>
    public IReadOnlyList<(JsonElement Value, string Path)>? Array(string name)
    {
        JsonElement? member = Find(name);
        if (member is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            return Fail<IReadOnlyList<(JsonElement, string)>>($"Invalid parameter type for '{name}', expected: array");
        return [.. value.EnumerateArray().Select((element, i) => (element, $"{name}[{i}]"))];
    }

    /// <summary>Notes an error of the caller's own, unless there was one before.</summary>
    public T? Fail<T>(string error)
        where T : class
    {
        _error ??= error;
        return null;
    }

    /// <summary>Refuses what nobody asked for.</summary>
    /// <returns>The first error, or null.</returns>
    public QmpError? Check()
    {
        foreach (JsonProperty member in Members.EnumerateObject())
        {
            if (!_asked.Contains(member.Name))
                _error ??= $"Parameter '{member.Name}' is unexpected";
        }
        return _error is null ? null : QmpError.Generic(_error);
    }

    private JsonElement? Find(string name)
    {
        _asked.Add(name);
        return Members.TryGetProperty(name, out JsonElement member) ? member : null;
    }
}
