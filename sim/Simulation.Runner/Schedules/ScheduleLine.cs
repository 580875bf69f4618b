using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulation.Runner.Schedules;

/// <summary>A search as one JSON object on one line.</summary>
internal sealed record ScheduleLine
{
    /// <summary><c>own</c> or <c>coyote</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The planted bug, or null.</summary>
    public required string? Bug { get; init; }

    /// <summary>The strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>The first seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How many departures from the default order a schedule may have; null where schedules are sampled.</summary>
    public required int? Departures { get; init; }

    /// <summary>Whether all schedules with so many departures were run.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>How many schedules were run.</summary>
    public required long Schedules { get; init; }

    /// <summary>Schedules in a second of wall-clock time.</summary>
    public required long PerSecond { get; init; }

    /// <summary>The property that was violated, or null.</summary>
    public required string? Property { get; init; }

    /// <summary>What was wrong, or null.</summary>
    public required string? Message { get; init; }

    /// <summary>The schedule in words, or null.</summary>
    public required string? Schedule { get; init; }

    /// <summary>The hash of everything that happened in the last schedule, 16 hexadecimal digits; 0 under Coyote.</summary>
    public required string TraceHash { get; init; }

    /// <summary>The file that replays it, or null.</summary>
    public required string? File { get; init; }

    /// <summary>A line for a search.</summary>
    /// <param name="outcome">The search.</param>
    /// <param name="file">Where its finding was kept, or null.</param>
    /// <returns>The line.</returns>
    public static ScheduleLine Of(ScheduleOutcome outcome, string? file) => new()
    {
        Host = outcome.Quest.Host,
        Model = outcome.Quest.Model,
        Bug = outcome.Quest.Bug,
        Strategy = outcome.Quest.Strategy,
        Seed = outcome.Quest.Seed,
        Departures = outcome.Quest.Departures,
        IsComplete = outcome.IsComplete,
        Schedules = outcome.Schedules,
        PerSecond = (long)(outcome.Schedules / Math.Max(outcome.Elapsed.TotalSeconds, 1e-6)),
        Property = outcome.Found?.Property,
        Message = outcome.Found?.Message,
        Schedule = outcome.Found?.Schedule,
        TraceHash = outcome.TraceHash.ToString("x16", CultureInfo.InvariantCulture),
        File = file,
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ScheduleLineJson.Default.ScheduleLine);
}

/// <summary>How a <see cref="ScheduleLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ScheduleLine))]
internal sealed partial class ScheduleLineJson : JsonSerializerContext;
