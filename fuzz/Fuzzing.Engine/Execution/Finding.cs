using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Execution;

/// <summary>An input that something is wrong with.</summary>
/// <param name="Signature">Equal for findings that have one cause, as far as one can tell: the property, or the exception with where it
/// came from; fit for a file's name.</param>
/// <param name="Summary">What is wrong, one line.</param>
/// <param name="Detail">Everything that is known: message and stack.</param>
public sealed record Finding(string Signature, string Summary, string Detail)
{
    private const int Frames = 4;
    private static readonly string[] OthersFrames = ["at System.", "at Microsoft.", "at Interop.", "at Fuzzing.Engine."];

    /// <summary>The finding that an exception is.</summary>
    /// <param name="error">What the target threw.</param>
    /// <returns>The finding.</returns>
    public static Finding Of(Exception error)
    {
        if (error is FindingException violation)
            return new(NameOf(violation.Property, violation.Property + violation.Place), Line(violation.Message), $"{error}\n{violation.Place}".TrimEnd());
        string stack = error.StackTrace ?? "";
        string kind = error.GetType().Name;
        return new(NameOf(kind, kind + string.Join('\n', OwnFrames(stack))), $"{kind}: {Line(error.Message)}", error.ToString());
    }

    /// <summary>The finding that a violated property is.</summary>
    /// <param name="property">The property, a word.</param>
    /// <param name="place">What tells causes apart.</param>
    /// <param name="detail">What was seen, one sentence.</param>
    /// <returns>The finding.</returns>
    public static Finding OfProperty(string property, string place, string detail) =>
        new(NameOf(property, property + place), $"{property}: {detail}", detail);

    /// <summary>The finding that the death of a process is.</summary>
    /// <param name="cause">A few words: "timeout", "crash".</param>
    /// <param name="output">What it said at last.</param>
    /// <returns>The finding.</returns>
    public static Finding OfDeath(string cause, string output)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string said = Array.Find(lines, line => !line.StartsWith("at ", StringComparison.Ordinal)) ?? cause;
        return new(NameOf(cause, cause + string.Join('\n', OwnFrames(output))), $"{cause}: {Line(said)}", output);
    }

    // The innermost frames that are not the platform's or the engine's, without lines and arguments: they stay the same when code around
    // them changes.
    private static IEnumerable<string> OwnFrames(string stack) => stack.Split('\n')
        .Select(line => line.Trim())
        .Where(line => line.StartsWith("at ", StringComparison.Ordinal)
            && !Array.Exists(OthersFrames, other => line.StartsWith(other, StringComparison.Ordinal)))
        .Select(line => line.Split('(')[0])
        .Distinct(StringComparer.Ordinal)
        .Take(Frames);

    private static string NameOf(string kind, string cause)
    {
        string words = new([.. kind.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')]);
        return $"{words[..Math.Min(words.Length, 40)].Trim('-')}-{StableHash.OfText(cause):x16}"[..^8];
    }

    private static string Line(string text) => text.Split('\n')[0].Trim();
}
