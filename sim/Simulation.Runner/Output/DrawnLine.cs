using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Conformance;
using Simulation.Conformance.Drawn;

namespace Simulation.Runner.Output;

/// <summary>A drawn scenario and a program under test as one JSON object on one line.</summary>
internal sealed record DrawnLine
{
    /// <summary>The program under test.</summary>
    public required string Program { get; init; }

    /// <summary>What it says of its version.</summary>
    public required string Version { get; init; }

    /// <summary>The scenario's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>"held", "not applicable", "listed fault", "new finding", "harness failed".</summary>
    public required string Verdict { get; init; }

    /// <summary>The property that was violated, or null.</summary>
    public required string? Property { get; init; }

    /// <summary>The listed fault that explains it, or null.</summary>
    public required string? KnownFault { get; init; }

    /// <summary>One sentence about what was wrong, or why it does not apply; empty where it held.</summary>
    public required string Message { get; init; }

    /// <summary>In how many runs it was violated.</summary>
    public required int Violations { get; init; }

    /// <summary>How often it was run.</summary>
    public required int Runs { get; init; }

    /// <summary>Wall-clock time it took, in nanoseconds.</summary>
    public required long WallNs { get; init; }

    /// <summary>The command that shows it again.</summary>
    public required string Command { get; init; }

    /// <summary>A line for a verdict.</summary>
    /// <param name="program">The program.</param>
    /// <param name="verdict">The verdict.</param>
    public static DrawnLine Of(IDestinationProgram program, DrawnVerdict verdict) => new()
    {
        Program = program.Name,
        Version = program.Version,
        Seed = verdict.Seed,
        Verdict = DrawnReport.NameOf(verdict.Outcome),
        Property = verdict.Property?.Name,
        KnownFault = verdict.KnownFault,
        Message = verdict.Message,
        Violations = verdict.Violations,
        Runs = verdict.Runs,
        WallNs = (long)(verdict.Wall.TotalMicroseconds * 1000),
        Command = DrawnReport.CommandFor(program, verdict),
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, DrawnLineJson.Default.DrawnLine);
}

/// <summary>How a <see cref="DrawnLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DrawnLine))]
internal sealed partial class DrawnLineJson : JsonSerializerContext;
