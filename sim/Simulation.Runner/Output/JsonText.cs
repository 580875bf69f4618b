using System.Text.Json;

namespace Simulation.Runner.Output;

/// <summary>JSON as lines.</summary>
internal static class JsonText
{
    /// <summary>Takes the line breaks and the indentation out.</summary>
    /// <param name="json">A JSON value.</param>
    /// <returns>The same value on one line.</returns>
    public static string OnOneLine(string json)
    {
        using MemoryStream compact = new();
        using (JsonDocument document = JsonDocument.Parse(json))
        using (Utf8JsonWriter writer = new(compact))
            document.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(compact.ToArray());
    }
}
