using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Conformance.UnderTest;

namespace Simulation.Runner.Output;

/// <summary>One cell of the table of <c>simulate conform</c> as one JSON object on one line.</summary>
internal sealed record ConformLine
{
    /// <summary>The program under test, as the column names it.</summary>
    public required string Program { get; init; }

    /// <summary>What it says of its version.</summary>
    public required string Version { get; init; }

    /// <summary>The row, as <c>--only</c> takes it.</summary>
    public required string Row { get; init; }

    /// <summary>The capability.</summary>
    public required string Capability { get; init; }

    /// <summary>What goes wrong, or "none".</summary>
    public required string Fault { get; init; }

    /// <summary>The property.</summary>
    public required string Property { get; init; }

    /// <summary>"black-box" or "white-box": what the check needs to know of the program.</summary>
    public required string Facts { get; init; }

    /// <summary>"pass", "fail", "unsupported", "-" where nobody can say, "harness failed".</summary>
    public required string Verdict { get; init; }

    /// <summary>The known fault that explains it, or null.</summary>
    public required string? KnownFault { get; init; }

    /// <summary>One sentence about what is wrong; empty for a pass.</summary>
    public required string Message { get; init; }

    /// <summary>In how many runs it was violated.</summary>
    public required int Violations { get; init; }

    /// <summary>How often it was run.</summary>
    public required int Runs { get; init; }

    /// <summary>The command that shows it again.</summary>
    public required string Command { get; init; }

    /// <summary>A line for a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="command">The command that shows it again.</param>
    /// <returns>The line.</returns>
    public static ConformLine Of(ConformanceResult result, string command) => new()
    {
        Program = result.Program.Name,
        Version = result.Program.Version,
        Row = result.Case.Name,
        Capability = result.Case.Capability,
        Fault = result.Case.Fault,
        Property = result.Property.Name,
        Facts = result.Property.Needs == Conformance.UnderTest.Facts.BlackBox ? "black-box" : "white-box",
        Verdict = ConformReport.NameOf(result.Verdict),
        KnownFault = result.KnownFault,
        Message = result.Message,
        Violations = result.Violations,
        Runs = result.Runs,
        Command = command,
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ConformLineJson.Default.ConformLine);
}

/// <summary>How a <see cref="ConformLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConformLine))]
internal sealed partial class ConformLineJson : JsonSerializerContext;
