using Fuzzing.Runner.Campaigns;

namespace Fuzzing.Runner.Engines;

/// <summary>An engine that is not ours, and runs as a program of its own. Targets, corpora and findings are those of the managed engine.</summary>
internal abstract class ForeignEngine
{
    /// <summary>The engines that there are.</summary>
    public static IReadOnlyList<ForeignEngine> All { get; } =
        [new LibFuzzerEngine(), new SharpFuzzEngine(), new SharpFuzzAflEngine(), new AflEngine()];

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, for <c>--help</c>.</summary>
    public abstract string Description { get; }

    /// <summary>Makes what it runs.</summary>
    /// <param name="targets">The targets.</param>
    /// <returns>The programs.</returns>
    /// <exception cref="HarnessFailureException">A tool is missing or fails.</exception>
    public abstract IEnumerable<string> Build(IReadOnlyList<string> targets);

    /// <summary>Fuzzes to the end that the settings name.</summary>
    /// <param name="settings">What the session does.</param>
    /// <param name="flags">More flags of the engine's own.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="HarnessFailureException">What it runs is not built, or a tool is missing or fails.</exception>
    public abstract int Run(FuzzSettings settings, IReadOnlyList<string> flags);

    /// <summary>The folder of what it runs.</summary>
    protected string Room => Path.Combine(Folders.Artifacts, Name);

    /// <summary>Requires that it was built.</summary>
    /// <param name="program">What <see cref="Build"/> makes.</param>
    /// <param name="target">The target's name.</param>
    /// <returns>The program.</returns>
    /// <exception cref="HarnessFailureException">It was not.</exception>
    protected string Built(string program, string target) => File.Exists(program)
        ? program
        : throw new HarnessFailureException($"there is no {Folders.Shown(program)}: 'fuzz build {target} --engine {Name}' makes it");
}
