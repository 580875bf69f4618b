using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Processes;

/// <summary>
/// A reply of a monitor as text that two servers can be compared by. QEMU has other words for the JSON of a number (1e3 comes back as
/// 1000), and another number of U+FFFD for bytes that are no text.
/// </summary>
public static partial class QmpReplyText
{
    /// <summary>Writes a reply.</summary>
    /// <param name="reply">The reply, or a recorded one that has an error's <c>desc</c> and <c>class</c> as its own members.</param>
    /// <returns>Class and description of an error, or what was returned; then the id.</returns>
    public static string Of(JsonNode reply)
    {
        JsonNode error = reply["error"] ?? reply;
        string shown = (string?)error["desc"] is { } description
            ? $"{(string?)error["class"] ?? "GenericError"}: {Replacements().Replace(description, "\ufffd")}"
            : Normal(reply["return"]);
        return shown + (reply.AsObject().ContainsKey("id") ? " id " + Normal(reply["id"]) : "");
    }

    private static string Normal(JsonNode? value) => value switch
    {
        JsonArray list => $"[{string.Join(',', list.Select(Normal))}]",
        JsonObject members => $"{{{string.Join(',', members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}:{Normal(m.Value)}"))}}}",
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => $"{number.GetValue<double>() + 0.0:R}",
        _ => value?.ToJsonString() ?? "null",
    };

    [GeneratedRegex("\ufffd+")]
    private static partial Regex Replacements();
}
