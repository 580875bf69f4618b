using System.Diagnostics;
using Simulation.Engine.Choices;
using Simulation.PlantedBugs.Trials;
using Simulation.Scenarios.Shrinking;
using Simulation.Schedules.Findings;

namespace Simulation.Runner.Schedules;

/// <summary>What to look for, and how long.</summary>
/// <param name="Host">One of <see cref="ScheduleWorld.Hosts"/>.</param>
/// <param name="Model">A model's name.</param>
/// <param name="Bug">The planted bug's id, or null.</param>
/// <param name="Strategy">A strategy of the host.</param>
/// <param name="Seed">The first seed.</param>
/// <param name="Iterations">How many schedules at most.</param>
internal sealed record ScheduleQuest(string Host, string Model, string? Bug, string Strategy, ulong Seed, int Iterations)
{
    /// <summary>Where all schedules with up to so many departures from the default order are run; null where schedules are sampled.</summary>
    public int? Departures { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Quest">What was looked for.</param>
/// <param name="Schedules">How many schedules were run.</param>
/// <param name="Elapsed">Wall-clock time of those.</param>
/// <param name="TraceHash">The hash of the last one; 0 under Coyote.</param>
/// <param name="Found">What was found, ready to be kept, or null.</param>
internal sealed record ScheduleOutcome(ScheduleQuest Quest, long Schedules, TimeSpan Elapsed, ulong TraceHash, ScheduleCase? Found)
{
    /// <summary>Whether all schedules of the quest were run.</summary>
    public bool IsComplete { get; init; }
}

/// <summary>Runs schedules in portions, so that a search can be watched and stopped, and makes what it finds readable.</summary>
/// <param name="world">The hosts.</param>
internal sealed class ScheduleFinder(ScheduleWorld world)
{
    private const int OwnPortion = 5_000;

    // Coyote keeps some kilobytes for each schedule until its engine is let go.
    private const int CoyotePortion = 200;

    /// <summary>Searches.</summary>
    /// <param name="quest">What for.</param>
    /// <param name="progress">Told how many schedules were run.</param>
    /// <param name="shrinks">Whether a finding's schedule is made as plain as it gets.</param>
    /// <param name="stop">Ends the search in between.</param>
    /// <returns>What came of it.</returns>
    public ScheduleOutcome Find(
        ScheduleQuest quest, Action<int>? progress = null, bool shrinks = true, CancellationToken stop = default)
    {
        ScheduleSearch search = world.Open(quest.Host, quest.Model, quest.Strategy);
        int portion = quest.Host == "own" ? OwnPortion : CoyotePortion;
        long started = Stopwatch.GetTimestamp();
        int done = 0;
        ScheduleSearchResult result = new(0, null, null, null, 0);
        while (done < quest.Iterations && result.Property is null && !stop.IsCancellationRequested)
        {
            result = search(unchecked(quest.Seed + (ulong)done), Math.Min(portion, quest.Iterations - done));
            done += result.Schedules;
            progress?.Invoke(done);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        ScheduleCase? found = result.Property is null ? null : ToCase(quest, result, done, shrinks);
        return new(quest, done, elapsed, result.TraceHash, found);
    }

    /// <summary>Runs all schedules of the quest's departures, or until one violates a property.</summary>
    /// <param name="quest">What to run.</param>
    /// <param name="progress">Told how many schedules were run.</param>
    /// <param name="stop">Ends it in between.</param>
    /// <returns>What came of it.</returns>
    public ScheduleOutcome RunAll(ScheduleQuest quest, Action<int>? progress = null, CancellationToken stop = default)
    {
        long started = Stopwatch.GetTimestamp();
        ExhaustiveResult result = world.RunAll(quest.Model, quest.Departures!.Value, done =>
        {
            if (done % OwnPortion == 0)
                progress?.Invoke((int)Math.Min(done, int.MaxValue));
            return !stop.IsCancellationRequested;
        });
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        ScheduleSearchResult last = new(1, result.Property, result.Message, result.Replay, result.TraceHash);
        ScheduleCase? found = result.Property is null ? null : ToCase(quest, last, 1, shrinks: true);
        return new(quest, result.Schedules, elapsed, result.TraceHash, found) { IsComplete = result.IsComplete };
    }

    /// <summary>Does a finding again.</summary>
    /// <param name="found">The finding.</param>
    /// <returns>What the run showed.</returns>
    public ScheduleSearchResult Replay(ScheduleCase found) => found.Host == "own"
        ? world.Open("own", found.Model, "continue")(found.Seed, 1, found.Choices ?? "")
        : world.Open("coyote", found.Model, found.Strategy)(found.Seed, 1, found.Trace);

    private ScheduleCase ToCase(ScheduleQuest quest, ScheduleSearchResult result, int done, bool shrinks)
    {
        bool isOwn = quest.Host == "own";
        ChoiceLog? choices = !isOwn ? null : shrinks ? Minimise(quest, result) : ChoiceLog.Parse(result.Replay!);
        return new()
        {
            Kind = ScheduleCase.KindName,
            Host = quest.Host,
            Model = quest.Model,
            Bug = quest.Bug,
            Strategy = quest.Strategy,
            Seed = isOwn ? unchecked(quest.Seed + (ulong)done - 1) : quest.Seed,
            Property = result.Property!,
            Message = result.Message!,
            Schedule = choices is null ? null : ScheduleReduction.Describe(choices),
            Choices = choices?.FormatValues(),
            Trace = isOwn ? null : result.Replay,
        };
    }

    private ChoiceLog Minimise(ScheduleQuest quest, ScheduleSearchResult result)
    {
        ScheduleSearch replay = world.Open("own", quest.Model, "continue");
        return ScheduleReduction.Minimise(
            ChoiceLog.Parse(result.Replay!),
            candidate => replay(quest.Seed, 1, candidate.FormatValues()).Property == result.Property);
    }
}
