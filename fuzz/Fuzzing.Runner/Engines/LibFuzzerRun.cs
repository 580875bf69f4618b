using Fuzzing.Runner.Campaigns;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Engines;

/// <summary>A program with libFuzzer in it, from its start to its end.</summary>
internal static class LibFuzzerRun
{
    /// <summary>Off: the energy of rare features costs up to half of a fast target's runs and reaches no more in the same time.</summary>
    public const int Entropic = 0;

    // The names of what libFuzzer keeps of a run that it gave up on.
    private static readonly string[] Kinds = ["crash-", "timeout-", "oom-", "leak-"];

    /// <summary>Fuzzes.</summary>
    /// <param name="program">The program.</param>
    /// <param name="settings">What the session does.</param>
    /// <param name="flags">More flags.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="HarnessFailureException">It failed, and kept no input.</exception>
    public static int ToEnd(string program, FuzzSettings settings, IReadOnlyList<string> flags)
    {
        string work = Path.Combine(Folders.Artifacts, settings.Target, Path.GetFileName(Path.GetDirectoryName(program)!));
        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        Directory.CreateDirectory(settings.Corpus);
        string dictionary = Path.Combine(work, "words.dict");
        bool hasWords = DictionaryFile.Write(dictionary, settings.Target);
        int exitCode = Tools.Run(
            program,
            [
                $"-artifact_prefix={work}{Path.DirectorySeparatorChar}", $"-seed={(uint)settings.Seed}",
                $"-max_len={TargetCatalogue.Create(settings.Target)!.MaximumBytes}", $"-max_total_time={(long)settings.Time.TotalSeconds}",
                $"-timeout={(long)Math.Max(1, settings.RunTimeout.TotalSeconds)}", $"-runs={settings.Executions ?? -1}",
                $"-entropic={Entropic}",
                .. hasWords ? (string[])[$"-dict={dictionary}"] : [], .. settings.Jobs > 1 ? (string[])[$"-fork={settings.Jobs}"] : [], .. flags,
                settings.Corpus, .. settings.Seeds,
            ]);
        string[] kept = [.. Directory.EnumerateFiles(work).Where(file => Kinds.Any(Path.GetFileName(file).StartsWith))];
        if (kept.Length == 0 && exitCode != 0)
            throw new HarnessFailureException($"{Folders.Shown(program)} ended with {exitCode}");
        return ForeignFindings.Collect(settings, kept);
    }
}
