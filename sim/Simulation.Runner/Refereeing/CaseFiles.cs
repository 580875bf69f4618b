using Simulation.Conformance;
using Simulation.Runner.Commands;

namespace Simulation.Runner.Refereeing;

/// <summary>Cases from what the user names: folders, files of the corpus, tokens.</summary>
internal static class CaseFiles
{
    /// <summary>Opens what is named; a folder stands for everything below it that is a stream.</summary>
    /// <param name="names">Paths or tokens.</param>
    /// <returns>What makes each case.</returns>
    /// <exception cref="FormatException">A name is neither a path nor a token, or a file is no stream.</exception>
    public static IReadOnlyList<Func<RefereeCase>> Open(IReadOnlyList<string> names) => [.. names.SelectMany(Open)];

    private static IEnumerable<Func<RefereeCase>> Open(string name)
    {
        if (CaseFolder.Is(name))
            return [() => CaseFolder.Read(name)];
        if (RecordedCases.IsCapture(name))
            return RecordedCases.Open(name);
        if (Directory.Exists(name))
        {
            return Directory.EnumerateFileSystemEntries(name).Order(StringComparer.Ordinal)
                .Where(entry => Directory.Exists(entry) || IsStream(entry)).SelectMany(Open);
        }

        if (!File.Exists(name) || name.EndsWith(".json", StringComparison.Ordinal))
            return [() => OfScenario(name)];
        return CorpusFile.Open(name) ?? throw new FormatException($"'{name}' is no stream that the referee can play");
    }

    private static bool IsStream(string file) => file.EndsWith(".json", StringComparison.Ordinal)
        ? Path.GetFileName(Path.GetDirectoryName(file)) == "regressions" : CorpusFile.Open(file) is not null && !CorpusFile.NeedsMore(file);

    private static RefereeCase OfScenario(string name)
    {
        Replayable replayable = Replayable.Open(name);
        return RefereeDraw.Of(replayable.Options, name, [name]);
    }
}
