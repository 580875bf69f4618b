using Fuzzing.Engine.Corpus;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Engines;

/// <summary>A session of afl-fuzz, from its start to its end.</summary>
/// <param name="settings">What the session does.</param>
/// <param name="command">The program that it runs, with arguments.</param>
internal sealed class AflRun(FuzzSettings settings, IReadOnlyList<string> command)
{
    private const string Program = "afl-fuzz";
    private const int MostWordBytes = 128;
    private const int MostSeedBytes = 1 << 20;

    private readonly string _work = Path.Combine(Folders.Artifacts, settings.Target, "afl-fuzz");

    /// <summary>Whether afl-fuzz shall not look for its instrumentation. It does not find persistent mode then either.</summary>
    public bool SkipsBinaryCheck { get; init; }

    private string Output => Path.Combine(_work, "out");

    /// <summary>The folder of AFL++'s own libraries.</summary>
    /// <exception cref="HarnessFailureException">AFL++ is not there.</exception>
    public static string Libraries() =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Tools.Require(Program, "clang and afl++"))!, "..", "lib", "afl"));

    /// <summary>Fuzzes.</summary>
    /// <param name="flags">More flags.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="HarnessFailureException">AFL++ is not there, or failed.</exception>
    public int ToEnd(IReadOnlyList<string> flags)
    {
        Tools.Require(Program, "clang and afl++");
        if (Directory.Exists(_work))
            Directory.Delete(_work, recursive: true);
        string seeds = WriteSeeds();
        string dictionary = Path.Combine(_work, "words.dict");
        bool hasWords = DictionaryFile.Write(dictionary, settings.Target, MostWordBytes);
        string[] shared =
        [
            "-i", seeds, "-o", Output, "-V", $"{(long)Math.Max(1, settings.Time.TotalSeconds)}", "-m", "none",
            "-t", $"{(long)settings.RunTimeout.TotalMilliseconds}",
            "-G", $"{TargetCatalogue.Create(settings.Target)!.MaximumBytes}",
            .. hasWords ? (string[])["-x", dictionary] : [],
            .. settings.Executions is { } runs ? (string[])["-E", $"{runs}"] : [], .. flags,
        ];

        // The first job is the main one, which the others give their inputs to.
        int[] exitCodes = Tools.RunAll(
            Program, Enumerable.Range(0, settings.Jobs).Select(i => (string[])[.. shared, i == 0 ? "-M" : "-S", $"job{i}", "--", .. command]), Surroundings());
        if (Array.Find(exitCodes, code => code != 0) is not 0 and int failed)
            throw new HarnessFailureException($"afl-fuzz ended with {failed}");
        Keep();
        return ForeignFindings.Collect(settings, [.. Files("crashes").Concat(Files("hangs"))]);
    }

    private (string Name, string Value)[] Surroundings() =>
    [
        ("AFL_SKIP_CPUFREQ", "1"), ("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1"), ("AFL_NO_AFFINITY", "1"),
        ("AFL_FORKSRV_INIT_TMOUT", "60000"),
        .. settings.Json || settings.Jobs > 1 || Console.IsOutputRedirected ? ((string, string)[])[("AFL_NO_UI", "1"), ("AFL_QUIET", "1")] : [],
        .. SkipsBinaryCheck ? ((string, string)[])[("AFL_SKIP_BIN_CHECK", "1")] : [],
    ];

    // afl-fuzz wants one folder, with at least one file, none empty.
    private string WriteSeeds()
    {
        CorpusFolder gathered = new(Path.Combine(_work, "seeds"));
        gathered.Save([0]);
        foreach (string file in settings.Seeds.Append(settings.Corpus).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            if (new FileInfo(file).Length is > 0 and < MostSeedBytes)
                gathered.Save(File.ReadAllBytes(file));
        }
        return gathered.FolderPath;
    }

    // What it made goes to the corpus; what it began with is there already.
    private void Keep()
    {
        CorpusFolder corpus = new(settings.Corpus);
        foreach (string file in Files("queue").Where(file => !file.Contains(",orig:", StringComparison.Ordinal)))
            corpus.Save(File.ReadAllBytes(file));
    }

    private IEnumerable<string> Files(string room) => Directory.EnumerateDirectories(Output)
        .Select(job => Path.Combine(job, room))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "id:*"))
        .Order(StringComparer.Ordinal);
}
