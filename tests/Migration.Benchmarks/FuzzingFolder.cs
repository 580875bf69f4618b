using System.Diagnostics;

namespace Migration.Benchmarks;

/// <summary>A folder in which <c>fuzz</c> runs as in the repository, with the engines that were built there but seeds of our choice.</summary>
internal sealed class FuzzingFolder : IDisposable
{
    private readonly string _seeds;

    /// <summary>Makes the folder.</summary>
    /// <param name="target">The target.</param>
    /// <param name="mostSeeds">How many of its seeds to take, the smallest first.</param>
    public FuzzingFolder(string target, int mostSeeds)
    {
        Target = target;
        string repository = Repository();
        Root = Directory.CreateTempSubdirectory("fuzzing").FullName;
        _seeds = Directory.CreateDirectory(Path.Combine(Root, "corpus", "seeds", target)).FullName;
        foreach (FileInfo seed in new DirectoryInfo(Path.Combine(repository, "corpus", "seeds", target)).EnumerateFiles()
            .OrderBy(seed => seed.Length).ThenBy(seed => seed.Name, StringComparer.Ordinal).Take(mostSeeds))
            seed.CopyTo(Path.Combine(_seeds, seed.Name));
        string artifacts = Directory.CreateDirectory(Path.Combine(Root, "artifacts", "fuzz")).FullName;
        foreach (string engine in Directory.EnumerateDirectories(Path.Combine(repository, "artifacts", "fuzz")))
        {
            if (Path.GetFileName(engine) is "libfuzzer" or "sharpfuzz" or "sharpfuzz-afl" or "afl")
                Directory.CreateSymbolicLink(Path.Combine(artifacts, Path.GetFileName(engine)), engine);
        }
    }

    /// <summary>The target.</summary>
    public string Target { get; }

    /// <summary>The folder.</summary>
    public string Root { get; }

    private string Corpus => Path.Combine(Root, "grown");

    private string AflOutput => Path.Combine(Root, "artifacts", "fuzz", Target, "afl-fuzz", "out", "job0");

    /// <summary>An empty corpus to grow.</summary>
    public string Fresh()
    {
        if (Directory.Exists(Corpus))
            Directory.Delete(Corpus, recursive: true);
        return Directory.CreateDirectory(Corpus).FullName;
    }

    /// <summary>What AFL++ tells of its last run.</summary>
    public string AflStatistics() => File.ReadAllText(Path.Combine(AflOutput, "fuzzer_stats"));

    /// <summary>Blocks that the inputs found up to a moment reach, with the seeds, as the managed engine counts.</summary>
    public string BlocksAt(DateTime moment)
    {
        // AFL++'s inputs reach the corpus when it ends.
        string queue = Path.Combine(AflOutput, "queue");
        string[] files = [.. Directory.EnumerateFiles(Directory.Exists(queue) ? queue : Corpus).Where(file => File.GetLastWriteTimeUtc(file) <= moment)];
        using Process process = Process.Start(new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "fuzz"), ["merge", Target, _seeds, .. files, "--into", Path.Combine(Root, "merged")])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split(" bytes, ")[1].Split(" blocks")[0];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Simulation.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the benchmarks run below the folder of Simulation.sln");
    }
}
