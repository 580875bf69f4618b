using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Runner.Generated;

namespace Simulation.Runner.Output;

/// <summary>A mutant as one JSON object on one line.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Rule">The rule that made it.</param>
/// <param name="File">The file that it changes.</param>
/// <param name="Line">The line.</param>
/// <param name="Proof">Why it changes nothing, or null.</param>
/// <param name="Results">What each hunter found, by its name.</param>
internal sealed record MutantLine(
    string Id, string Rule, string File, int Line, string? Proof, IReadOnlyDictionary<string, HuntResult> Results);

/// <summary>How a <see cref="MutantLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MutantLine))]
internal sealed partial class MutantLineJson : JsonSerializerContext;

/// <summary>What hunting mutants came to, as text.</summary>
internal static class GeneratedReport
{
    /// <summary>One mutant, as a line.</summary>
    /// <param name="score">The mutant.</param>
    /// <returns>Its id, place, and who found it by what.</returns>
    public static string Line(MutantScore score)
    {
        string found = score.Proof is not null ? "equivalent" : score.Survives ? "SURVIVES" : string.Join(", ", score.Results
            .Where(result => result.Value.Property is not null)
            .Select(result => string.Create(
                CultureInfo.InvariantCulture, $"{result.Key} ({result.Value.Property}, {result.Value.Seconds:f1} s)")));
        return $"{score.Mutant.Bug.Id} {score.Mutant.Rule}, {Path.GetFileName(score.Mutant.Bug.File)}:{score.Mutant.Line}: {found}";
    }

    /// <summary>One mutant, for programs.</summary>
    /// <param name="score">The mutant.</param>
    /// <returns>JSON without line breaks.</returns>
    public static string Json(MutantScore score) => JsonSerializer.Serialize(
        new MutantLine(
            score.Mutant.Bug.Id, score.Mutant.Rule, score.Mutant.Bug.File, score.Mutant.Line, score.Proof, score.Results),
        MutantLineJson.Default.MutantLine);

    /// <summary>The share that each hunter found.</summary>
    /// <param name="scores">All mutants.</param>
    /// <returns>A table in Markdown.</returns>
    public static string Table(IReadOnlyList<MutantScore> scores)
    {
        MutantScore[] hunted = [.. scores.Where(score => score.Proof is null)];
        StringBuilder text = new("| found by | mutants | share |\n|---|--:|--:|\n");
        foreach (string hunter in Hunters.All)
            Row(text, hunter, hunted.Count(score => score.Results.GetValueOrDefault(hunter)?.Property is not null), hunted.Length);
        Row(text, "any of them", hunted.Count(score => score.IsFound), hunted.Length);
        Row(text, "none: survivors", hunted.Count(score => score.Survives), hunted.Length);
        text.Append(CultureInfo.InvariantCulture, $"| proved equivalent, not hunted | {scores.Count - hunted.Length} | |\n");
        return text.ToString();
    }

    private static void Row(StringBuilder text, string what, int count, int of) => text.Append(
        CultureInfo.InvariantCulture, $"| {what} | {count} | {(of == 0 ? 0 : 100.0 * count / of):f1} % |\n");
}
