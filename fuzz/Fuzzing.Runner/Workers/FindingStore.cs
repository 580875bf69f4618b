using Fuzzing.Engine.Execution;

namespace Fuzzing.Runner.Workers;

/// <summary>Findings as files: of each signature the smallest input, and beside it what is known of it.</summary>
/// <param name="folder">The folder; made with the first finding.</param>
internal sealed class FindingStore(string folder)
{
    /// <summary>The ending of the file that tells of a finding.</summary>
    public const string TextEnding = ".txt";

    /// <summary>Keeps a finding unless there is a smaller one of its signature.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="input">Its input.</param>
    /// <returns>The file of the input.</returns>
    public string Keep(Finding finding, string target, byte[] input)
    {
        string file = Path.Combine(folder, finding.Signature);
        if (File.Exists(file) && new FileInfo(file).Length <= input.Length)
            return file;
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(file, input);
        File.WriteAllText(file + TextEnding, $"{target}\n{finding.Summary}\n\n{finding.Detail}\n");
        return file;
    }

    /// <summary>The findings that are there.</summary>
    /// <returns>The files of the inputs, in order.</returns>
    public IEnumerable<string> Files() => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder)
        .Where(file => !file.EndsWith(TextEnding, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>The input that a file means: a finding's text stands for the finding, as in <c>findings/*</c> both are named.</summary>
    /// <param name="file">A file.</param>
    /// <returns>The input beside it, or the file itself.</returns>
    public static string InputOf(string file) =>
        file.EndsWith(TextEnding, StringComparison.Ordinal) && File.Exists(file[..^TextEnding.Length]) ? file[..^TextEnding.Length] : file;

    /// <summary>What a finding is, in one line.</summary>
    /// <param name="file">The file of its input.</param>
    /// <returns>The summary.</returns>
    public static string SummaryOf(string file) =>
        File.Exists(file + TextEnding) ? File.ReadLines(file + TextEnding).Skip(1).FirstOrDefault("") : "";
}
