using Simulation.Engine.Choices;

namespace Simulation.Engine.Scheduling;

/// <summary>
/// Visits every schedule with up to so many departures from the default order, the order in which each decision is 0: the current
/// task goes on as long as it can, and then the one that became ready first. Schedules with fewer departures come first, so that what
/// is found takes as few as it can.
/// </summary>
/// <remarks>A schedule is the list of its departures: it is made by running the model again from its beginning.</remarks>
public static class DepartureSearch
{
    /// <summary>Runs a schedule: the decisions given, and 0 behind them.</summary>
    /// <param name="beginning">The decisions up to the last departure; not to be kept.</param>
    /// <param name="taken">All decisions of the run; valid until the next one.</param>
    /// <returns>How many of the decisions may be departed from: fewer than were taken where the rest of the run is known already, and
    /// -1 to end the search.</returns>
    public delegate int RunSchedule(ChoiceLog beginning, out ChoiceLog taken);

    /// <summary>Visits all schedules.</summary>
    /// <param name="departures">How many departures at most.</param>
    /// <param name="run">Runs one.</param>
    /// <returns>Whether all were visited: false when the search was ended.</returns>
    public static bool Visit(int departures, RunSchedule run)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(departures);
        ArgumentNullException.ThrowIfNull(run);
        List<Departure[]> level = [[]];
        ChoiceLog beginning = new();
        for (int depth = 0; depth <= departures; depth++)
        {
            List<Departure[]> next = [];
            foreach (Departure[] schedule in level)
            {
                Fill(beginning, schedule);
                int open = run(beginning, out ChoiceLog taken);
                if (open < 0)
                    return false;
                for (int index = beginning.Count; depth < departures && index < open; index++)
                {
                    for (int value = 1; value < taken[index].Bound; value++)
                        next.Add([.. schedule, new Departure(index, value)]);
                }
            }

            level = next;
        }

        return true;
    }

    private static void Fill(ChoiceLog log, Departure[] schedule)
    {
        log.Clear();
        foreach (Departure departure in schedule)
        {
            while (log.Count < departure.Index)
                log.Add(new Choice(null, 0, 0));
            log.Add(new Choice(null, 0, departure.Value));
        }
    }

    /// <summary>A decision that is not 0.</summary>
    private readonly record struct Departure(int Index, int Value);
}
