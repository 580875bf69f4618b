using Simulation.Runner.Scoring;

namespace Simulation.Runner.Output;

/// <summary>The tables of scores in a page that people write around them.</summary>
internal static class ScorePage
{
    private static readonly (string Name, Func<IReadOnlyList<BugScore>, string> Write)[] Parts =
    [
        ("reach", ScoreTable.Reach),
        ("blind spots", ScoreTable.BlindSpots),
        ("bugs", ScoreTable.Bugs),
        ("patch", ScoreTable.Patch),
    ];

    /// <summary>Writes each part between its two marks, <c>&lt;!-- score: NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c>.</summary>
    /// <param name="path">The page; parts whose marks it has not are left out.</param>
    /// <param name="scores">The scores.</param>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="FormatException">A first mark has no second.</exception>
    public static void Update(string path, IReadOnlyList<BugScore> scores)
    {
        string text = File.ReadAllText(path);
        foreach ((string name, Func<IReadOnlyList<BugScore>, string> write) in Parts)
        {
            string first = $"<!-- score: {name} -->\n";
            int start = text.IndexOf(first, StringComparison.Ordinal);
            if (start < 0)
                continue;
            start += first.Length;
            int end = text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
            if (end < 0)
                throw new FormatException($"{path}: the mark of the part '{name}' has no end");
            text = string.Concat(text.AsSpan(0, start), write(scores), text.AsSpan(end));
        }

        File.WriteAllText(path, text);
    }
}
