using System.Globalization;
using Simulation.Runner.Output;
using Simulation.Schedules.Findings;
using Spectre.Console;

namespace Simulation.Runner.Schedules;

/// <summary>What searches found, for people or programs.</summary>
/// <param name="json">One JSON object a line and search instead of a table.</param>
/// <param name="folder">Where findings are kept.</param>
internal sealed class ScheduleReport(bool json, string folder)
{
    private readonly List<(ScheduleOutcome Outcome, string? File)> _outcomes = [];

    /// <summary>Shows how a search goes on, where somebody is watching.</summary>
    /// <param name="quest">What is looked for.</param>
    /// <param name="search">The search; it tells how many schedules it has run.</param>
    /// <returns>What came of it.</returns>
    public ScheduleOutcome Watch(ScheduleQuest quest, Func<Action<int>?, ScheduleOutcome> search)
    {
        if (json || !Consoles.Error.Profile.Capabilities.Interactive)
            return search(null);
        return Consoles.Error.Progress().AutoClear(true).Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(quest.Model), maxValue: quest.Iterations);
            task.IsIndeterminate = quest.Departures is not null;
            return search(done => task.Value = done);
        });
    }

    /// <summary>Takes an outcome in, and keeps what was found.</summary>
    /// <param name="outcome">The outcome.</param>
    public void Add(ScheduleOutcome outcome)
    {
        string? file = null;
        if (outcome.Found is { } found)
        {
            Directory.CreateDirectory(folder);
            file = Path.Combine(folder, found.Name + ".json");
            File.WriteAllText(file, found.ToJson());
        }

        _outcomes.Add((outcome, file));
        if (json)
            Console.Out.WriteLine(ScheduleLine.Of(outcome, file).ToJson());
    }

    /// <summary>Writes the end.</summary>
    /// <returns>An exit code.</returns>
    public int Conclude()
    {
        if (!json && _outcomes.Any(o => o.Outcome.Quest.Departures is null))
            Consoles.Output.Write(Table());
        foreach ((ScheduleOutcome outcome, string? file) in _outcomes)
        {
            if (outcome.Quest.Departures is { } departures && !json && outcome.Found is null)
                WriteProof(outcome, departures);
            if (outcome.Found is { } found && !json)
                WriteFinding(found);
            if (file is not null)
                Console.Error.WriteLine(CommandLines.Replay(file));
        }

        return _outcomes.Any(o => o.Outcome.Found is not null) ? ExitCode.Violated : ExitCode.Passed;
    }

    private static void WriteProof(ScheduleOutcome outcome, int departures)
    {
        string what = $"with up to {departures} departure{(departures == 1 ? "" : "s")}";
        string said = outcome.IsComplete ? $"no violation in any schedule {what}:" : $"stopped; no violation so far in schedules {what}:";
        Consoles.Output.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{outcome.Quest.Model}: {said} {outcome.Schedules:N0} schedule{(outcome.Schedules == 1 ? "" : "s")}, {outcome.Elapsed.TotalSeconds:f1} s");
    }

    private static void WriteFinding(ScheduleCase found)
    {
        Consoles.Output.MarkupLineInterpolated($"[red]{found.Property}[/] in {found.Model}: {found.Message}");
        if (found.Schedule is not null)
            Consoles.Output.MarkupLineInterpolated($"  {found.Schedule}");
    }

    private Table Table()
    {
        Table table = new Table().AddColumns("model", "schedules", "a second", "found");
        foreach ((ScheduleOutcome outcome, _) in _outcomes)
        {
            double rate = outcome.Schedules / Math.Max(outcome.Elapsed.TotalSeconds, 1e-6);
            table.AddRow(
                new Text(outcome.Quest.Model), new Text(outcome.Schedules.ToString("N0", CultureInfo.InvariantCulture)),
                new Text(rate.ToString("N0", CultureInfo.InvariantCulture)), new Text(outcome.Found?.Property ?? "-"));
        }

        return table;
    }
}
