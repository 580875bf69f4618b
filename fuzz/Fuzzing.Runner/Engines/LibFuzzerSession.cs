using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Output;
using Fuzzing.Runner.Workers;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Engines;

/// <summary>Fuzzes with the libFuzzer binary of a target. Corpus and findings are those of the managed engine.</summary>
internal static class LibFuzzerSession
{
    /// <summary>Runs libFuzzer to its end.</summary>
    /// <param name="settings">What the session does.</param>
    /// <param name="flags">More flags.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="HarnessFailureException">The binary is not there.</exception>
    public static int Run(FuzzSettings settings, IReadOnlyList<string> flags)
    {
        string binary = LibFuzzerBuild.Binary(settings.Target);
        if (!File.Exists(binary))
            throw new HarnessFailureException($"there is no {Folders.Shown(binary)}: 'fuzz build {settings.Target}' makes it");
        string work = Path.Combine(Folders.Artifacts, settings.Target, "libfuzzer") + Path.DirectorySeparatorChar;
        Directory.CreateDirectory(work);
        Directory.CreateDirectory(settings.Corpus);
        string[] folders = [settings.Corpus, .. new[] { Folders.Seeds(settings.Target), Folders.Regressions(settings.Target) }.Where(Directory.Exists)];
        Tools.Run(
            binary,
            [
                $"-artifact_prefix={work}", $"-dict={WriteDictionary(settings.Target, work)}", $"-seed={(uint)settings.Seed}",
                $"-max_len={TargetCatalogue.Create(settings.Target)!.MaximumBytes}", $"-max_total_time={(long)settings.Time.TotalSeconds}",
                $"-timeout={(long)Math.Max(1, settings.RunTimeout.TotalSeconds)}", $"-runs={settings.Executions ?? -1}",
                .. settings.Jobs > 1 ? (string[])[$"-fork={settings.Jobs}"] : [], .. flags, .. folders,
            ]);
        return Collect(settings.Target, work);
    }

    // What libFuzzer kept is run again here, so that it gets the signature that any engine would give it.
    private static int Collect(string target, string work)
    {
        string[] artifacts = [.. Directory.EnumerateFiles(work).Where(file => Path.GetFileName(file).Contains('-', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        FindingStore store = new(Folders.Findings(target));
        Replayer replayer = new(target);
        foreach (FindingLine line in replayer.Run(artifacts).Where(line => line.Signature.Length > 0))
        {
            string kept = store.Keep(new Finding(line.Signature, line.Summary, replayer.Detail), target, File.ReadAllBytes(line.File));
            Console.Out.WriteLine($"finding {line.Summary} ({Folders.Shown(kept)})");
        }
        return artifacts.Length > 0 ? ExitCode.Finding : ExitCode.Passed;
    }

    private static string WriteDictionary(string target, string work)
    {
        string file = Path.Combine(work, "dict");
        File.WriteAllLines(file, TargetCatalogue.Create(target)!.Format.Dictionary.Select(
            word => $"\"{string.Concat(word.Select(b => $"\\x{b:x2}"))}\""));
        return file;
    }
}
