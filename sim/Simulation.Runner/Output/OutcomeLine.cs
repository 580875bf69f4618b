using System.Text.Json;
using System.Text.Json.Serialization;
using Simulation.Scenarios;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>The verdict alone, of what has no virtual time: a stream of the corpus, a run in another world.</summary>
internal sealed record OutcomeLine
{
    /// <summary><c>passed</c>, <c>violated</c> or <c>harness-failed</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>The property that was violated, or null.</summary>
    public required string? Check { get; init; }

    /// <summary>One sentence about what was wrong, or null.</summary>
    public required string? Message { get; init; }

    /// <summary>The planted bug, or null.</summary>
    public required string? Bug { get; init; }

    /// <summary>Writes a verdict, for people or as one JSON object on one line.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="check">The property, or null.</param>
    /// <param name="message">What was wrong, or null.</param>
    /// <param name="bug">The planted bug, or null.</param>
    /// <param name="json">Whether a program reads it.</param>
    /// <returns>The exit code that says the same.</returns>
    public static int Tell(Verdict verdict, string? check, string? message, string? bug, bool json)
    {
        string name = RunLine.NameOf(verdict);
        if (json)
        {
            OutcomeLine line = new() { Verdict = name, Check = check, Message = message, Bug = bug };
            Console.Out.WriteLine(JsonSerializer.Serialize(line, OutcomeLineJson.Default.OutcomeLine));
        }
        else
        {
            string colour = verdict == Scenarios.Verdict.Passed ? "green" : "red";
            Consoles.Output.MarkupLine($"[{colour}]{name}[/]{Markup.Escape(check is null ? "" : $" {check}: {message}")}");
        }
        return ExitCode.Of(verdict);
    }
}

/// <summary>How an <see cref="OutcomeLine"/> is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OutcomeLine))]
internal sealed partial class OutcomeLineJson : JsonSerializerContext;
