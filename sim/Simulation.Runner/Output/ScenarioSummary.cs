using System.Text;
using System.Text.Json;
using Simulation.Scenarios;

namespace Simulation.Runner.Output;

/// <summary>
/// What is special about a scenario, a line for each of its parts: "migration  multifd, multifdChannels 8". The names are those of its JSON;
/// what is off, absent, zero or empty is left out.
/// </summary>
internal static class ScenarioSummary
{
    private const int NameWidth = 21;

    /// <summary>The scenario's lines.</summary>
    /// <param name="options">The scenario.</param>
    /// <returns>A line for each part that has something to say; one for each item of a list.</returns>
    public static IEnumerable<string> Lines(ScenarioOptions options)
    {
        using JsonDocument document = JsonDocument.Parse(options.ToJson());
        foreach (JsonProperty part in document.RootElement.EnumerateObject().Where(part => part.Name != "format"))
        {
            if (part.Value.ValueKind != JsonValueKind.Array)
                yield return Line(part.Name, part.Value);
            else
            {
                foreach (JsonElement item in part.Value.EnumerateArray())
                    yield return Line(part.Name, item);
            }
        }
    }

    private static string Line(string name, JsonElement value) => $"{name.PadRight(NameWidth)} {Say(value)}".TrimEnd();

    private static string Say(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => SayObject(value),
        JsonValueKind.Array => $"[{string.Join("; ", value.EnumerateArray().Select(Say))}]",
        _ => value.ToString(),
    };

    private static string SayObject(JsonElement value)
    {
        if (value.TryGetProperty("numerator", out JsonElement numerator) && value.TryGetProperty("denominator", out JsonElement denominator))
            return $"{numerator}/{denominator}";
        StringBuilder text = new();
        foreach (JsonProperty member in value.EnumerateObject().Where(member => !IsDefault(member.Value)))
        {
            text.Append(text.Length > 0 ? ", " : "").Append(member.Name);
            if (member.Value.ValueKind == JsonValueKind.Object && !member.Value.TryGetProperty("numerator", out _))
                text.Append(" (").Append(SayObject(member.Value)).Append(')');
            else if (member.Value.ValueKind != JsonValueKind.True)
                text.Append(' ').Append(Say(member.Value));
        }

        return text.ToString();
    }

    private static bool IsDefault(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Number => value.GetRawText() == "0",
        JsonValueKind.String => value.ValueEquals("None"),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.TryGetProperty("numerator", out JsonElement numerator)
            ? IsDefault(numerator) : value.EnumerateObject().All(member => IsDefault(member.Value)),
        _ => false,
    };
}
