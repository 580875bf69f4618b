using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Engine.Choices;

namespace Simulation.Schedules.Findings;

/// <summary>A finding written out so that it can be done again: the model, the host, and the decisions or Coyote's trace.</summary>
public sealed record ScheduleCase
{
    private static readonly ScheduleJsonContext Json = new(
        new JsonSerializerOptions(ScheduleJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The text that tells such a file from others, and its version.</summary>
    public const string KindName = "schedule-1";

    /// <summary>What sort of file this is: <see cref="KindName"/>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>own</c> or <c>coyote</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The planted bug's id, or null where the destination is as it is.</summary>
    public string? Bug { get; init; }

    /// <summary>The strategy that found it.</summary>
    public required string Strategy { get; init; }

    /// <summary>The seed that found it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The property that was violated.</summary>
    public required string Property { get; init; }

    /// <summary>What was wrong, one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The schedule in words; our own host's only.</summary>
    public string? Schedule { get; init; }

    /// <summary>The decisions, as <see cref="ChoiceLog.FormatValues"/> writes them; our own host's only.</summary>
    public string? Choices { get; init; }

    /// <summary>The trace that Coyote replays; Coyote's only.</summary>
    public string? Trace { get; init; }

    /// <summary>A name that two different cases will not share.</summary>
    [JsonIgnore]
    public string Name => string.Create(
        CultureInfo.InvariantCulture,
        $"{Property}-{Host}-{Model}-{StableHash.OfText($"{Bug} {Strategy} {Seed} {Choices}{Trace}") >> 32:x8}");

    /// <summary>Reads a case.</summary>
    /// <param name="json">A file's text.</param>
    /// <returns>The case; null when the text is something else.</returns>
    public static ScheduleCase? TryParse(string json)
    {
        try
        {
            ScheduleCase? read = JsonSerializer.Deserialize(json, ScheduleJsonContext.Default.ScheduleCase);
            return read?.Kind == KindName ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the case.</summary>
    /// <returns>Indented JSON, with a final line break.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, Json.ScheduleCase) + "\n";
}

/// <summary>How a <see cref="ScheduleCase"/> is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScheduleCase))]
internal sealed partial class ScheduleJsonContext : JsonSerializerContext;
