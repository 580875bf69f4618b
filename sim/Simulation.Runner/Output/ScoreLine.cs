using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.PlantedBugs;
using Simulation.Runner.Scoring;

namespace Simulation.Runner.Output;

/// <summary>One bug's score as one JSON object on one line.</summary>
internal sealed record ScoreLine
{
    /// <summary>The bug's id.</summary>
    public required string Bug { get; init; }

    /// <summary>Where it comes from.</summary>
    public required string Source { get; init; }

    /// <summary><c>sequential</c>, <c>concurrency</c> or <c>hang</c>.</summary>
    public required BugKind Kind { get; init; }

    /// <summary>Whether more than half of the campaigns found it.</summary>
    public required bool Found { get; init; }

    /// <summary>How many campaigns were made.</summary>
    public required int Campaigns { get; init; }

    /// <summary>How many of them found it.</summary>
    public required int FoundIn { get; init; }

    /// <summary>The property that showed it most often, or null.</summary>
    public required string? Check { get; init; }

    /// <summary>What the finding that is shown said, or null.</summary>
    public required string? Message { get; init; }

    /// <summary>Runs to find it, the median; null when it was not found.</summary>
    public required long? Seeds { get; init; }

    /// <summary>Processor time to find it, the median, in seconds; null when it was not found.</summary>
    public required double? Seconds { get; init; }

    /// <summary>Page records of the shrunk case, or null.</summary>
    public required long? Records { get; init; }

    /// <summary>Decisions of the shrunk case, or null.</summary>
    public required int? Decisions { get; init; }

    /// <summary>The command that shows it, or null.</summary>
    public required string? ShownBy { get; init; }

    /// <summary>What kept the harness from looking, or null.</summary>
    public required string? Trouble { get; init; }

    /// <summary>A line for a score.</summary>
    /// <param name="score">The score.</param>
    /// <returns>The line.</returns>
    public static ScoreLine Of(BugScore score) => new()
    {
        Bug = score.Bug.Id,
        Source = score.Bug.Source,
        Kind = score.Bug.Kind,
        Found = score.IsFound,
        Campaigns = score.Campaigns,
        FoundIn = score.Findings.Count,
        Check = score.Check,
        Message = score.Shown?.Message,
        Seeds = score.IsFound ? score.MedianSeeds : null,
        Seconds = score.IsFound ? Math.Round(score.MedianElapsed.TotalSeconds, 3) : null,
        Records = score.Shrunk?.Records,
        Decisions = score.Shrunk?.Decisions,
        ShownBy = score.ShownBy,
        Trouble = score.Trouble,
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ScoreLineJson.Default.ScoreLine);
}

/// <summary>How a <see cref="ScoreLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ScoreLine))]
internal sealed partial class ScoreLineJson : JsonSerializerContext;
