using System.Text.Json;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>A command's arguments. The getters are for arguments that were checked against the schema.</summary>
/// <param name="members">The arguments as they came; null for none.</param>
internal sealed class QmpArguments(JsonElement? members)
{
    private static readonly JsonElement s_none = JsonElement.Parse("{}"u8);

    /// <summary>The arguments as an object.</summary>
    public JsonElement Members { get; } = members ?? s_none;

    /// <summary>A member, or null where it is absent.</summary>
    public JsonElement? Find(string name) => Members.TryGetProperty(name, out JsonElement member) ? member : null;

    /// <summary>A text, or null where it is absent.</summary>
    public string? String(string name) => Find(name)?.GetString();

    /// <summary>A boolean, or null where it is absent.</summary>
    public bool? Boolean(string name) => Find(name)?.GetBoolean();

    /// <summary>A signed integer, or null where it is absent.</summary>
    public long? Integer(string name) => Find(name)?.GetInt64();
}
