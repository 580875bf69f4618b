using System.Globalization;
using System.Text;
using Simulation.PlantedBugs;
using Simulation.Runner.Scoring;

namespace Simulation.Runner.Output;

/// <summary>Scores as tables in Markdown, which people can read as it is.</summary>
internal static class ScoreTable
{
    /// <summary>One row a bug.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>The table, columns aligned.</returns>
    public static string Bugs(IEnumerable<BugScore> scores) => Markdown(
        ["bug", "source", "kind", "what is wrong", "found", "by check", "seeds", "seconds", "shrunk to", "token, schedule or stream"],
        scores.Select(score => (string[])
        [
            score.Bug.Id, score.Bug.Source, NameOf(score.Bug.Kind), score.Bug.Title, Found(score), score.Check ?? "",
            score.IsFound ? Number(score.MedianSeeds) : "", score.IsFound ? Seconds(score.MedianElapsed) : "", Size(score),
            score.Shown is { } shown ? $"`{Token(shown)}`" : "",
        ]));

    /// <summary>One row a kind of bug, and one for all: what the harness reaches.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>The table, columns aligned.</returns>
    public static string Reach(IReadOnlyList<BugScore> scores) => Markdown(
        ["kind", "bugs", "found", "within 1,000 seeds", "median seeds", "median seconds", "slowest seconds", "shrunk to 3 or less"],
        scores.GroupBy(score => score.Bug.Kind).OrderBy(group => group.Key)
            .Select(group => ReachRow(NameOf(group.Key), [.. group]))
            .Append(ReachRow("all", scores)));

    /// <summary>One row a flaw of the statistics as they were posted (stream reference, sections 8.2 to 8.4), planted here: what shows
    /// it, and the command that does.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>The table, columns aligned.</returns>
    public static string Patch(IEnumerable<BugScore> scores) => Markdown(
        ["flaw", "what is wrong", "shown by", "after seeds", "see it"],
        scores.Where(score => score.Bug.Source[0] is 'T' or 'C' or 'I' && score.Findings.Count > 0 && IsNumbered(score.Bug.Source))
            .OrderBy(score => "TCI".IndexOf(score.Bug.Source[0])).ThenBy(score => int.Parse(score.Bug.Source.AsSpan(1), CultureInfo.InvariantCulture))
            .Select(score => (string[])
            [
                score.Bug.Source, score.Bug.Title, score.Check!, Number(score.MedianSeeds),
                $"`{score.ShownBy}`",
            ]));

    /// <summary>One line a bug that was not found: why.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>A list; empty when all were found.</returns>
    public static string BlindSpots(IEnumerable<BugScore> scores) => string.Concat(scores
        .Where(score => !score.IsFound)
        .Select(score => $"- `{score.Bug.Id}` ({score.Bug.Source}), {score.Bug.Title}: {score.Trouble ?? score.Bug.BlindSpot ?? "not known why"}\n"));

    private static string[] ReachRow(string kind, IReadOnlyList<BugScore> scores)
    {
        BugScore[] found = [.. scores.Where(score => score.IsFound)];
        long[] seeds = [.. found.Select(score => score.MedianSeeds).Order()];
        TimeSpan[] times = [.. found.Select(score => score.MedianElapsed).Order()];
        return
        [
            kind, Number(scores.Count), Share(found.Length, scores.Count),
            Share(seeds.Count(count => count <= 1000), scores.Count),
            found.Length > 0 ? Number(seeds[(found.Length - 1) / 2]) : "", found.Length > 0 ? Seconds(times[(found.Length - 1) / 2]) : "",
            found.Length > 0 ? Seconds(times[^1]) : "", Share(found.Count(score => score.IsSmall), scores.Count),
        ];
    }

    private static bool IsNumbered(string source) => source.Length > 1 && !source.AsSpan(1).ContainsAnyExceptInRange('0', '9');

    private static string Token(BugFinding shown) => shown switch
    {
        { Schedules: { } schedules } => string.Create(CultureInfo.InvariantCulture, $"{schedules.Host} {schedules.Model} {shown.Seed}"),
        { Stream: { } stream } => stream.File,
        _ => new Scenarios.Tokens.ReplayToken(shown.Seed).ToString(),
    };

    private static string Found(BugScore score) => score.Trouble is not null ? "trouble"
        : score.Findings.Count == score.Campaigns ? "yes"
        : string.Create(CultureInfo.InvariantCulture, $"{score.Findings.Count} of {score.Campaigns}");

    private static string Size(BugScore score) => score.Shrunk is not { } shrunk ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{shrunk.Records} records, {shrunk.Decisions} decisions");

    private static string NameOf(BugKind kind) => kind.ToString().ToLowerInvariant();

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Share(int part, int whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{part} ({(whole == 0 ? 0 : 100.0 * part / whole):0} %)");

    private static string Markdown(string[] head, IEnumerable<string[]> rows)
    {
        string[][] all = [head, .. rows];
        int[] widths = [.. head.Select((_, column) => all.Max(row => row[column].Length))];
        StringBuilder text = new();
        Line(all[0], ' ');
        Line([.. widths.Select(width => new string('-', width))], '-');
        foreach (string[] row in all.Skip(1))
            Line(row, ' ');
        return text.ToString();

        void Line(string[] cells, char edge)
        {
            for (int column = 0; column < cells.Length; column++)
                text.Append('|').Append(edge).Append(cells[column].PadRight(widths[column])).Append(edge);
            text.Append("|\n");
        }
    }
}
