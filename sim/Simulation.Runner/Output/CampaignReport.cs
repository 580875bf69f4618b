using System.Globalization;
using Simulation.Engine.Probes;
using Simulation.Campaigns;
using Simulation.Scenarios;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>What a campaign says at its end.</summary>
internal static class CampaignReport
{
    /// <summary>Writes the summary: figures, findings, blind spots.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="limits">What was asked for.</param>
    /// <param name="tally">What was seen.</param>
    /// <param name="elapsed">Wall-clock time.</param>
    /// <param name="blindSpots">Probes that had to fire and did not; empty where that was not asked.</param>
    public static void Write(
        IAnsiConsole console, CampaignLimits limits, CampaignTally tally, TimeSpan elapsed, IReadOnlyList<Probe> blindSpots)
    {
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Row(table, "runs", $"{tally.Runs:N0}, seeds from {limits.FirstSeed}");
        Row(table, "done twice", $"{tally.DoneTwice:N0}");
        Row(table, "wall time", $"{seconds:F1} s on {limits.Jobs} threads, {tally.Runs / seconds:N0} runs/s");
        double virtualSeconds = tally.VirtualNanoseconds / 1e9;
        Row(table, "virtual time", $"{TimeSpan.FromSeconds((long)virtualSeconds)}, {virtualSeconds / seconds:N0} s/s");
        Row(table, "steps", $"{tally.Steps:N0}");
        Row(table, "probes hit", $"{tally.ProbesHit} of {tally.ProbeCount}");
        Row(table, "violations", $"{tally.Violations:N0}");
        Row(table, "harness failures", $"{tally.HarnessFailures:N0}");
        console.Write(table);
        if (tally.Findings.Count > 0)
            console.Write(Findings(tally));
        foreach (Probe probe in blindSpots)
            console.MarkupLineInterpolated($"[yellow]blind spot[/]: '{probe.Name}' never occurred");
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
