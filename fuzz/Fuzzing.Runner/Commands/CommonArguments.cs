using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Commands;

/// <summary>Arguments and options that several commands have, with the sentence for each that is wrong.</summary>
internal static class CommonArguments
{
    private static readonly (string Suffix, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>A target's name.</summary>
    public static Argument<string> Target()
    {
        Argument<string> target = new("target") { Description = "The target, as fuzz list names it." };
        target.Validators.Add(result =>
        {
            string name = result.Tokens[0].Value;
            if (!TargetCatalogue.Names.Contains(name))
                result.AddError($"There is no target '{name}': fuzz list names them.");
        });
        return target;
    }

    /// <summary><c>--target</c>, for files whose folder does not say it.</summary>
    public static Option<string?> TargetOption() => new("--target")
    {
        Description = "The target the files are for, where their folder does not say it.",
        HelpName = "target",
    };

    /// <summary>Files of inputs.</summary>
    public static Argument<string[]> Files() => new("file")
    {
        Description = "Files, or folders of files.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "One JSON object a line." };

    /// <summary>The files that were named, folders opened.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path).Where(IsInput).Order(StringComparer.Ordinal)
            : File.Exists(path) ? (IEnumerable<string>)[path]
            : throw new FileNotFoundException($"there is no file '{path}'"))];

    /// <summary>The target of files.</summary>
    /// <param name="named">What <c>--target</c> says.</param>
    /// <param name="files">The files.</param>
    /// <exception cref="FormatException">Neither says it.</exception>
    public static string TargetOf(string? named, IReadOnlyList<string> files) =>
        (named is null || TargetCatalogue.Names.Contains(named) ? named ?? files.Select(Folders.TargetOf).FirstOrDefault(t => t is not null) : null)
            ?? throw new FormatException(
                named is null ? "no folder of these files is named like a target: say --target" : $"there is no target '{named}'");

    /// <summary>A duration: a whole number and ms, s, m, h or d.</summary>
    public static TimeSpan? Duration(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach ((string suffix, long milliseconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
                return TimeSpan.FromMilliseconds(count * milliseconds);
        }
        result.AddError($"'{text}' is no duration: a duration is a number and a unit, as 90s, 5m or 1h.");
        return null;
    }

    private static bool IsInput(string file) =>
        !Path.GetFileName(file).StartsWith('.') && !file.EndsWith(Workers.FindingStore.TextEnding, StringComparison.Ordinal);
}
