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

    /// <summary>"pass", "fail", "unsupported", "not shown" where there is no figure, "-" where nobody can say, "harness failed".</summary>
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

    /// <summary>Each figure that was looked at, where figures were; else absent.</summary>
    public IReadOnlyList<FigureLine>? Figures { get; init; }

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
        Figures = result.Figures.Count == 0 ? null : [.. result.Figures.Select(finding => new FigureLine(
            finding.Moment, finding.Figure, NameOf(finding.State), finding.State == FigureState.Wrong ? finding.Flaw : null, finding.Message))],
    };

    private static string NameOf(FigureState state) => state switch
    {
        FigureState.Right => "right",
        FigureState.Wrong => "wrong",
        _ => "not shown",
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ConformLineJson.Default.ConformLine);
}

/// <summary>What was shown of one figure.</summary>
/// <param name="Moment">"active", "completed" or "failed".</param>
/// <param name="Figure">The member of <c>query-migrate</c>.</param>
/// <param name="State">"right", "wrong" or "not shown".</param>
/// <param name="Flaw">The flaw of the posted patch that shows so, or null.</param>
/// <param name="Message">One sentence about what is wrong; empty otherwise.</param>
internal sealed record FigureLine(string Moment, string Figure, string State, string? Flaw, string Message);

/// <summary>How a <see cref="ConformLine"/> is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(ConformLine))]
internal sealed partial class ConformLineJson : JsonSerializerContext;
