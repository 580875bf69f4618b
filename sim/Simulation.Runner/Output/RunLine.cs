using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Campaigns;
using Simulation.Scenarios;

namespace Simulation.Runner.Output;

/// <summary>One run as one JSON object on one line.</summary>
internal sealed record RunLine
{
    /// <summary>The seed, a decimal number.</summary>
    public required ulong Seed { get; init; }

    /// <summary><c>passed</c>, <c>violated</c> or <c>harness-failed</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>The property that was violated, or null.</summary>
    public required string? Check { get; init; }

    /// <summary>One sentence about what was wrong, or null.</summary>
    public required string? Message { get; init; }

    /// <summary>Virtual time at the end, in nanoseconds.</summary>
    public required long VirtualNs { get; init; }

    /// <summary>Wall-clock time it took, in nanoseconds.</summary>
    public required long WallNs { get; init; }

    /// <summary>How many events happened, all in the hash.</summary>
    public required long Events { get; init; }

    /// <summary>The hash of everything that happened, 16 hexadecimal digits.</summary>
    public required string TraceHash { get; init; }

    /// <summary>A line for a judged run.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The line.</returns>
    public static RunLine Of(JudgedRun run) => new()
    {
        Seed = run.Seed,
        Verdict = NameOf(run.Verdict),
        Check = run.Check,
        Message = run.Message,
        VirtualNs = run.VirtualNanoseconds,
        WallNs = (long)(run.Wall.TotalMicroseconds * 1000),
        Events = run.Events,
        TraceHash = run.TraceHash.ToString("x16", CultureInfo.InvariantCulture),
    };

    /// <summary>A line for a run of which there is nothing but its failure.</summary>
    /// <param name="finding">The failure.</param>
    /// <returns>The line.</returns>
    public static RunLine Of(CampaignFinding finding) => new()
    {
        Seed = finding.Seed,
        Verdict = NameOf(finding.Verdict),
        Check = finding.Check,
        Message = finding.Message,
        VirtualNs = 0,
        WallNs = 0,
        Events = 0,
        TraceHash = "",
    };

    /// <summary>A verdict as the output names it.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns>Lower case, words with hyphens.</returns>
    public static string NameOf(Verdict verdict) => verdict switch
    {
        Scenarios.Verdict.Passed => "passed",
        Scenarios.Verdict.Violated => "violated",
        _ => "harness-failed",
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, RunLineJson.Default.RunLine);
}

/// <summary>How a <see cref="RunLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunLine))]
internal sealed partial class RunLineJson : JsonSerializerContext;
