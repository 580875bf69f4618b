using System.Globalization;
using Simulation.Campaigns;
using Simulation.Scenarios;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>What a campaign says at its end.</summary>
internal static class CampaignReport
{
    private const int MostNames = 24;

    /// <summary>Writes the summary: figures, findings, what was never met.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="limits">What was asked for.</param>
    /// <param name="tally">What was seen.</param>
    /// <param name="elapsed">Wall-clock time.</param>
    /// <param name="missed">What it had to meet and did not, a line each.</param>
    public static void Write(
        IAnsiConsole console, CampaignLimits limits, CampaignTally tally, TimeSpan elapsed, IReadOnlyList<string> missed)
    {
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Row(table, "runs", $"{tally.Runs:N0}, seeds from {limits.FirstSeed}");
        Row(table, "done twice", $"{tally.DoneTwice:N0}");
        Row(table, "wall time", $"{seconds:F1} s, {limits.Jobs} at a time, {tally.Runs / seconds:N0} runs/s");
        double virtualSeconds = tally.VirtualNanoseconds / 1e9;
        Row(table, "virtual time", $"{TimeSpan.FromSeconds((long)virtualSeconds)}, {virtualSeconds / seconds:N0} s/s");
        Row(table, "steps", $"{tally.Steps:N0}");
        Row(table, "probes hit", $"{tally.ProbesHit} of {tally.AllProbes.Count}");
        Row(table, "idle checks", $"{tally.IdleChecks.Count()}");
        Row(table, "violations", $"{tally.Violations:N0}");
        Row(table, "harness failures", $"{tally.HarnessFailures:N0}");
        console.Write(table);
        Name(console, "probes never hit", [.. tally.NeverOccurred.Select(probe => probe.Name)]);
        Name(console, "checks that had nothing to judge", [.. tally.IdleChecks]);
        if (tally.Findings.Count > 0)
            console.Write(Findings(tally));
        foreach (string line in missed)
            console.MarkupLineInterpolated($"[yellow]{line}[/]");
    }

    // A short campaign misses most: then the number says enough.
    private static void Name(IAnsiConsole console, string what, IReadOnlyCollection<string> names)
    {
        if (names.Count is > 0 and <= MostNames)
            console.WriteLine($"{what}: {string.Join(", ", names)}");
    }

    private static void Row(Table table, string name, FormattableString value) =>
        table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));

    private static Table Findings(CampaignTally tally)
    {
        Table table = new Table().AddColumns("property", "runs", "first seed", "what was wrong");
        foreach (IGrouping<string, CampaignFinding> group in tally.Findings
            .GroupBy(f => f.Verdict == Verdict.Violated ? f.Check! : "(harness)", StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            CampaignFinding first = group.First();
            table.AddRow(
                new Text(group.Key), new Text(group.Count().ToString(CultureInfo.InvariantCulture)),
                new Text(first.Seed.ToString(CultureInfo.InvariantCulture)), new Text(first.Message ?? ""));
        }

        return table;
    }
}
