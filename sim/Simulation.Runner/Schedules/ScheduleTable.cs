using System.Globalization;
using System.Text;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;

namespace Simulation.Runner.Schedules;

/// <summary>How long to look in each cell of the table.</summary>
/// <param name="Seeds">How many searches a cell's median is of.</param>
/// <param name="MostOwn">Schedules of our own host before a search gives up.</param>
/// <param name="MostCoyote">Schedules of Coyote before a search gives up.</param>
internal sealed record TableLimits(int Seeds, int MostOwn, int MostCoyote)
{
    /// <summary>Schedules before a search gives up.</summary>
    /// <param name="host">The host.</param>
    /// <returns>At least 1.</returns>
    public int MostOf(string host) => host == "own" ? MostOwn : MostCoyote;
}

/// <summary>The table of the README: for each planted bug, host and strategy the median number of schedules until it is found.</summary>
/// <param name="limits">How long to look.</param>
/// <param name="progress">Told what is being looked for.</param>
internal sealed class ScheduleTable(TableLimits limits, Action<string> progress)
{
    private const int SpeedOwn = 50_000;
    private const int SpeedCoyote = 300;
    private const ulong SeedDistance = 1_000_000_007;

    private static readonly (string Host, string Strategy)[] Columns =
    [
        ("own", "portfolio"), ("own", "random"), ("own", "sticky"), ("own", "pct"), ("own", "hash-pct"), ("own", "round-robin"),
        ("coyote", "portfolio"), ("coyote", "random"), ("coyote", "probabilistic"), ("coyote", "prioritization"),
    ];

    /// <summary>Fills the table.</summary>
    /// <param name="only">The one bug that gets a row; null for all.</param>
    /// <param name="stop">Ends it after the row under way.</param>
    /// <returns>Markdown, with a final line break.</returns>
    public string Fill(string? only, CancellationToken stop)
    {
        StringBuilder text = new();
        text.AppendLine($"| planted bug | {string.Join(" | ", Columns.Select(c => c.Host == "own" ? c.Strategy : $"Coyote {c.Strategy}"))} |");
        text.AppendLine($"|---|{string.Concat(Enumerable.Repeat("--:|", Columns.Length))}");
        DestinationCompiler compiler = new();
        foreach (BugInModel bug in BugsInModels.All.Where(bug => only is null || bug.Bug == only))
        {
            if (stop.IsCancellationRequested)
                break;
            using ScheduleWorld world = new(BugCatalogue.Find(bug.Bug)!, compiler);
            text.AppendLine($"| {bug.Bug} | {string.Join(" | ", Columns.Select(c => Median(world, bug, c.Host, c.Strategy)))} |");
        }

        using ScheduleWorld plain = new();
        text.AppendLine($"| schedules a second | {string.Join(" | ", Columns.Select(c => Speed(plain, c.Host, c.Strategy)))} |");
        return text.ToString();
    }

    private string Median(ScheduleWorld world, BugInModel bug, string host, string strategy)
    {
        if (!bug.ShowsIn(host))
            return "-";
        progress($"{bug.Bug}, {host} {strategy}");
        int most = limits.MostOf(host);
        ScheduleFinder finder = new(world);
        long[] counts = new long[limits.Seeds];
        for (int i = 0; i < limits.Seeds; i++)
        {
            ScheduleQuest quest = new(host, bug.Model, bug.Bug, strategy, unchecked(1 + ((ulong)i * SeedDistance)), most);
            ScheduleOutcome outcome = finder.Find(quest, shrinks: false);
            counts[i] = outcome.Found is null ? long.MaxValue : outcome.Schedules;
        }

        Array.Sort(counts);
        long median = counts[(counts.Length - 1) / 2];
        return median == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"> {most:N0}")
            : median.ToString("N0", CultureInfo.InvariantCulture);
    }

    // The second run counts: by then the code is compiled. Processor time of all threads, so that a busy machine says the same as an
    // idle one.
    private string Speed(ScheduleWorld world, string host, string strategy)
    {
        progress($"speed, {host} {strategy}");
        ScheduleFinder finder = new(world);
        ScheduleQuest quest = new(host, "multifd", null, strategy, 1, host == "own" ? SpeedOwn : SpeedCoyote);
        finder.Find(quest with { Iterations = quest.Iterations / 2 });
        TimeSpan before = Environment.CpuUsage.TotalTime;
        ScheduleOutcome outcome = finder.Find(quest);
        double seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        return (outcome.Schedules / seconds).ToString("N0", CultureInfo.InvariantCulture);
    }
}
