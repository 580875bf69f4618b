using System.CommandLine;
using Fuzzing.Runner.Workers;
using Fuzzing.Targets;
using Simulation.PlantedBugs.Catalogue;

namespace Fuzzing.Runner.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class CommonArguments
{
    /// <summary>What stands for all targets.</summary>
    public const string All = "all";

    /// <summary>A target's name.</summary>
    /// <param name="orAll">Whether it may be all of them.</param>
    public static Argument<string> Target(bool orAll = false)
    {
        Argument<string> target = new("target") { Description = orAll ? "The target, as fuzz list names it, or all." : "The target, as fuzz list names it." };
        target.Validators.Add(result =>
        {
            string name = result.Tokens[0].Value;
            if (!TargetCatalogue.Names.Contains(name) && !(orAll && name == All))
                result.AddError($"There is no target '{name}': fuzz list names them.");
        });
        return target;
    }

    /// <summary>Targets' names.</summary>
    /// <param name="description">What they are for.</param>
    public static Argument<string[]> Targets(string description) => new("target")
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>The targets that were named, or all.</summary>
    /// <param name="named">What <see cref="Targets"/> says.</param>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static IReadOnlyList<string> NamedOrAll(string[]? named)
    {
        IReadOnlyList<string> targets = named is { Length: > 0 } ? named : [.. TargetCatalogue.Names];
        return targets.FirstOrDefault(target => !TargetCatalogue.Names.Contains(target)) is { } unknown
            ? throw new FormatException($"there is no target '{unknown}': fuzz list names them") : targets;
    }

    /// <summary><c>--target</c>, for files whose folder does not say it.</summary>
    public static Option<string?> TargetOption() => new("--target")
    {
        Description = "The target the files are for, where their folder does not say it.",
        HelpName = "target",
    };

    /// <summary><c>--bug</c>.</summary>
    public static Option<string?> Bug()
    {
        Option<string?> bug = new("--bug")
        {
            Description = "Plant this bug of the catalogue in the destination first, see simulate score. Corpus and findings are apart.",
            HelpName = "id",
        };
        bug.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var id }] && BugCatalogue.Find(id) is null)
                result.AddError($"There is no bug '{id}'.");
        });
        return bug;
    }

    /// <summary>Files of inputs.</summary>
    public static Argument<string[]> Files() => new("file")
    {
        Description = "Files, or folders of files.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary><c>--dry-run</c>.</summary>
    /// <param name="description">What it leaves out.</param>
    public static Option<bool> DryRun(string description) => new("--dry-run") { Description = description };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "One JSON object a line." };

    /// <summary>The files that were named, folders opened, each input once.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path).Where(IsInput).Order(StringComparer.Ordinal)
            : File.Exists(path) ? (IEnumerable<string>)[FindingStore.InputOf(path)]
            : throw new FileNotFoundException($"there is no file '{path}'")).Distinct(StringComparer.Ordinal)];

    /// <summary>Files and folders that a worker expands: a corpus has more files than a command line has room for.</summary>
    /// <param name="paths">The paths.</param>
    /// <returns>The same paths.</returns>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    public static IReadOnlyList<string> RequireThere(IReadOnlyList<string> paths) =>
        paths.FirstOrDefault(path => !Directory.Exists(path) && !File.Exists(path)) is { } missing
            ? throw new FileNotFoundException($"there is no file '{missing}'") : paths;

    /// <summary>The target of files.</summary>
    /// <param name="named">What <c>--target</c> says.</param>
    /// <param name="files">The files.</param>
    /// <exception cref="FormatException">Neither says it.</exception>
    public static string TargetOf(string? named, IReadOnlyList<string> files) =>
        (named is null || TargetCatalogue.Names.Contains(named) ? named ?? files.Select(Folders.TargetOf).FirstOrDefault(t => t is not null) : null)
            ?? throw new FormatException(
                named is null ? "no folder of these files is named like a target: say --target" : $"there is no target '{named}'");

    private static bool IsInput(string file) =>
        !Path.GetFileName(file).StartsWith('.') && !file.EndsWith(FindingStore.TextEnding, StringComparison.Ordinal);
}
