using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Execution;

namespace Fuzzing.Runner.Workers;

/// <summary>
/// Findings as files. An input is named by its signature and its content, and beside it is a text that says what is known. Both are written
/// aside and renamed, the text first: an input that is there is complete and has its text, whatever ended the writer. The smallest input of
/// a signature stands for it.
/// </summary>
/// <param name="folder">The folder; made with the first finding.</param>
internal sealed class FindingStore(string folder)
{
    /// <summary>The ending of the file that describes a finding.</summary>
    public const string TextEnding = ".txt";

    private const int HashDigits = 8;

    /// <summary>Keeps a finding unless there is one of its signature that is as small.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="input">Its input.</param>
    /// <returns>The file of the smallest input.</returns>
    public string Keep(Finding finding, string target, byte[] input)
    {
        string? leader = Inputs().Where(file => SignatureOf(file) == finding.Signature).MinBy(file => new FileInfo(file).Length);
        if (leader is not null && new FileInfo(leader).Length <= input.Length)
            return leader;
        Directory.CreateDirectory(folder);
        string name = $"{finding.Signature}-{CorpusFolder.NameOf(input)[..HashDigits]}";
        Place(name + TextEnding, file => File.WriteAllText(file, $"{target}\n{finding.Summary}\n\n{finding.Detail}\n"));
        return Place(name, file => File.WriteAllBytes(file, input));
    }

    /// <summary>The findings that are there.</summary>
    /// <returns>Of each signature the file of its smallest input, in the order of the signatures.</returns>
    public IEnumerable<string> Leaders() => Inputs().GroupBy(SignatureOf, StringComparer.Ordinal)
        .OrderBy(cause => cause.Key, StringComparer.Ordinal)
        .Select(cause => cause.MinBy(file => new FileInfo(file).Length)!);

    /// <summary>The signature of a finding that is kept.</summary>
    /// <param name="file">The file of its input.</param>
    /// <returns>The signature.</returns>
    public static string SignatureOf(string file)
    {
        string name = Path.GetFileName(file);
        int end = name.Length - HashDigits - 1;
        return end > 0 && name[end] == '-' ? name[..end] : name;
    }

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

    private IEnumerable<string> Inputs() => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder)
        .Where(file => !file.EndsWith(TextEnding, StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith('.'));

    private string Place(string name, Action<string> write)
    {
        string partial = Path.Combine(folder, $".{name}.{Environment.ProcessId}");
        string file = Path.Combine(folder, name);
        write(partial);
        File.Move(partial, file, overwrite: true);
        return file;
    }
}
