using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Conformance;

namespace Simulation.Runner.Output;

/// <summary>One case as one JSON object on one line.</summary>
internal sealed record RefereeLine
{
    /// <summary>What it is: a seed with what is odd about it, or a file.</summary>
    public required string? Case { get; init; }

    /// <summary>Arguments of <c>simulate referee</c> that judge it again.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Whose a disagreement is, as the summary names it; <c>harness failed</c> where it could not be heard.</summary>
    public required string Ruling { get; init; }

    /// <summary>The id of the deviation that explains it, or null.</summary>
    public required string? Deviation { get; init; }

    /// <summary>One sentence about who said what, or about what failed; empty where all agree.</summary>
    public required string Message { get; init; }

    /// <summary>How our destination ended, or null.</summary>
    public required string? Ours { get; init; }

    /// <summary>What the QEMU that was asked says of its version.</summary>
    public required string QemuVersion { get; init; }

    /// <summary>How QEMU ended, or null.</summary>
    public required string? Qemu { get; init; }

    /// <summary>How it must end by the oracle, or null.</summary>
    public required string? Oracle { get; init; }

    /// <summary>A line for a case.</summary>
    /// <param name="judged">The case.</param>
    /// <returns>The line.</returns>
    public static RefereeLine Of(JudgedCase judged) => new()
    {
        Case = judged.Case?.Name,
        Arguments = judged.Arguments,
        Ruling = judged.Ruling is { } ruling ? RefereeReport.NameOf(ruling.Blame) : "harness failed",
        Deviation = judged.Ruling?.Deviation,
        Message = judged.Failure ?? judged.Ruling!.Disagreement,
        Ours = judged.Hearing is { } ours ? RefereeReport.NameOf(ours.Ours.Kind) : null,
        QemuVersion = judged.Qemu.Version,
        Qemu = judged.Hearing is { } qemu ? RefereeReport.NameOf(qemu.Qemu.Kind) : null,
        Oracle = judged.Hearing is { } oracle ? RefereeReport.NameOf(oracle.OracleKind) : null,
    };

    /// <summary>The line's text.</summary>
    /// <returns>JSON without line breaks.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, RefereeLineJson.Default.RefereeLine);
}

/// <summary>How a <see cref="RefereeLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RefereeLine))]
internal sealed partial class RefereeLineJson : JsonSerializerContext;
