using System.IO.Compression;
using Fuzzing.Engine;
using Fuzzing.Runner.Engines;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Output;

/// <summary>
/// A target as services like ClusterFuzz take it, all in one folder, told apart by their names:
/// <code>
/// NAME                   the libFuzzer binary
/// NAME_seed_corpus.zip   its seeds and regressions
/// NAME.dict              its words
/// NAME.options           libFuzzer's flags for it
/// </code>
/// </summary>
internal static class ServicePackage
{
    // The earliest time stamp that a zip file can hold, so that equal contents give equal files.
    private static readonly DateTimeOffset Always = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the four files.</summary>
    /// <param name="folder">The folder, made when it is not there.</param>
    /// <param name="name">The target's name.</param>
    /// <param name="binary">Its libFuzzer binary.</param>
    public static void Write(string folder, string name, string binary)
    {
        FuzzTarget target = TargetCatalogue.Create(name)!;
        Directory.CreateDirectory(folder);
        string place = Path.Combine(folder, name);
        File.Copy(binary, place, overwrite: true);
        string words = DictionaryFile.Write(place + ".dict", name) ? $"dict = {name}.dict\n" : "";
        File.WriteAllText(
            place + ".options", $"[libfuzzer]\nmax_len = {target.MaximumBytes}\n{words}timeout = 10\nentropic = {LibFuzzerRun.Entropic}\n");
        WriteSeeds(place + "_seed_corpus.zip", name);
    }

    private static void WriteSeeds(string file, string name)
    {
        using FileStream stream = File.Create(file);
        using ZipArchive archive = new(stream, ZipArchiveMode.Create);
        foreach (string seed in new[] { Folders.Seeds(name), Folders.Regressions(name) }
            .Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).Order(StringComparer.Ordinal))
        {
            ZipArchiveEntry entry = archive.CreateEntry(Path.GetFileName(seed), CompressionLevel.Optimal);
            entry.LastWriteTime = Always;
            using Stream content = entry.Open();
            content.Write(File.ReadAllBytes(seed));
        }
    }
}
