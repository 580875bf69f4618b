using Simulation.Engine.Choices;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Runner.Schedules;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Models;

namespace Simulation.Runner.Scoring;

/// <summary>The models of schedules beside the simulator: a bug that is about the order of tasks is looked for there too, a slice of
/// schedules at a time between simulated runs. Coyote, two hundred times slower, has one slice.</summary>
/// <param name="bug">The bug.</param>
/// <param name="compiler">Plants it.</param>
internal sealed class ScheduleSlices(PlantedBug bug, DestinationCompiler compiler) : IDisposable
{
    private const string Strategy = "portfolio";
    private const int OwnSchedules = 100;
    private const int CoyoteSchedules = 100;
    private const int SlicesBeforeCoyote = 8;

    // Coyote controls the tasks of a process: one of its engines runs at a time.
    private static readonly Lock CoyoteGate = new();

    private readonly ScheduleWorld _intact = new();
    private readonly ScheduleWorld _planted = new(bug, compiler);
    private ulong _seed;
    private int _slices;

    /// <summary>Starts again with other seeds.</summary>
    /// <param name="firstSeed">The first.</param>
    public void Begin(ulong firstSeed) => (_seed, _slices) = (firstSeed, 0);

    /// <summary>Runs the next slice of each model.</summary>
    /// <returns>Where the bug showed, with which seed and how, or null.</returns>
    public (ModelInHost Where, ulong Seed, string Property, string Message)? Next()
    {
        if (_slices++ == SlicesBeforeCoyote)
        {
            lock (CoyoteGate)
                return Search("coyote", CoyoteSchedules);
        }

        var found = Search("own", OwnSchedules);
        _seed += OwnSchedules;
        return found;
    }

    /// <summary>Makes a schedule plain that shows the bug.</summary>
    /// <param name="where">The model and host.</param>
    /// <param name="seed">The schedule's seed.</param>
    /// <returns>Decisions that leave the current task; 0 under Coyote, where decisions cannot be told apart.</returns>
    public int Decisions(ModelInHost where, ulong seed)
    {
        if (where.Host != "own")
            return 0;
        ScheduleFinder finder = new(_planted);
        ScheduleCase? plain = finder.Find(new("own", where.Model, bug.Id, Strategy, seed, 1)).Found;
        return plain?.Choices is { } choices ? Departures(choices) : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _planted.Dispose();
        _intact.Dispose();
    }

    private static int Departures(string choices)
    {
        ChoiceLog log = ChoiceLog.Parse(choices);
        int departures = 0;
        for (int i = 0; i < log.Count; i++)
            departures += log[i].Value == 0 ? 0 : 1;
        return departures;
    }

    private (ModelInHost Where, ulong Seed, string Property, string Message)? Search(string host, int schedules)
    {
        foreach (ScheduleModel model in ModelCatalogue.All)
        {
            ScheduleSearchResult result = _planted.Open(host, model.Name, Strategy)(_seed, schedules);
            if (result.Property is null)
                continue;

            // Coyote's own seeds go on from the first; ours are one a schedule.
            ulong seed = host == "own" ? _seed + (ulong)result.Schedules - 1 : _seed;
            int again = host == "own" ? 1 : result.Schedules;
            if (_intact.Open(host, model.Name, Strategy)(seed, again).Property is null)
                return (new(model.Name, host), seed, result.Property, result.Message!);
        }

        return null;
    }
}
