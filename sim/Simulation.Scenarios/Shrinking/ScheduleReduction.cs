using System.Globalization;
using Simulation.Engine.Choices;

namespace Simulation.Scenarios.Shrinking;

/// <summary>
/// Makes a failing schedule plain: as many decisions as possible become 0, "go on with the current task". What is left is where the
/// current task must be left for the failure to show, by delta debugging (Zeller and Hildebrandt) over those decisions.
/// </summary>
public static class ScheduleReduction
{
    private const int MostSinglesTried = 256;
    private const int MostValueTried = 2;

    /// <summary>Reduces a schedule. Behind the end of a log stands 0, as the strategy "continue" has it.</summary>
    /// <param name="failing">Decisions with which it fails.</param>
    /// <param name="stillFails">Whether it fails in the same way with a candidate.</param>
    /// <returns>Decisions with which it fails and of which none can become 0, nor a lower number, by itself; nothing behind the last
    /// that is not 0; one departure where any one among the first decisions will do.</returns>
    public static ChoiceLog Minimise(ChoiceLog failing, Func<ChoiceLog, bool> stillFails)
    {
        ArgumentNullException.ThrowIfNull(failing);
        ArgumentNullException.ThrowIfNull(stillFails);
        List<Departure> best = Departures(failing);
        do
        {
            RemoveDepartures(ref best, stillFails);
        }
        while (LowerValues(best, stillFails));
        return best.Count > 1 && FindSingle(failing, stillFails) is { } single ? ToLog([single]) : ToLog(best);
    }

    /// <summary>Says a schedule in words.</summary>
    /// <param name="choices">The decisions.</param>
    /// <returns>"current task everywhere except at decision 17", counted from 0.</returns>
    public static string Describe(ChoiceLog choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        List<Departure> departures = Departures(choices);
        if (departures.Count == 0)
            return "current task everywhere";
        string indices = string.Join(", ", departures.Select(d => d.Index.ToString(CultureInfo.InvariantCulture)));
        return $"current task everywhere except at decision{(departures.Count == 1 ? "" : "s")} {indices}";
    }

    private static void RemoveDepartures(ref List<Departure> best, Func<ChoiceLog, bool> stillFails)
    {
        int chunk = best.Count;
        while (chunk > 0)
        {
            bool removed = RemoveChunks(ref best, chunk, stillFails);

            // Single decisions until a whole round removes none: removing a later one may have freed an earlier one.
            chunk = chunk > 1 ? (chunk + 1) / 2 : removed ? 1 : 0;
            chunk = Math.Min(chunk, best.Count);
        }
    }

    // What is left may be several departures of which none can go alone, though another single one would do: to leave a task early and
    // come back in time is three decisions, to leave it late is one. Few enough to try them all.
    private static Departure? FindSingle(ChoiceLog failing, Func<ChoiceLog, bool> stillFails)
    {
        for (int index = 0; index < Math.Min(failing.Count, MostSinglesTried); index++)
        {
            for (int value = 1; value <= MostValueTried; value++)
            {
                Departure single = new(index, value);
                if (stillFails(ToLog([single])))
                    return single;
            }
        }

        return null;
    }

    private static bool RemoveChunks(ref List<Departure> best, int chunk, Func<ChoiceLog, bool> stillFails)
    {
        bool removed = false;

        // From the end: without the last departures the whole tail of the run is plain.
        for (int end = best.Count; end > 0; end = Math.Min(end - chunk, best.Count))
        {
            int start = Math.Max(0, end - chunk);
            List<Departure> candidate = [.. best[..start], .. best[end..]];
            if (!stillFails(ToLog(candidate)))
                continue;
            best = candidate;
            removed = true;
        }

        return removed;
    }

    private static bool LowerValues(List<Departure> best, Func<ChoiceLog, bool> stillFails)
    {
        bool lowered = false;
        for (int i = 0; i < best.Count; i++)
        {
            Departure original = best[i];
            for (int value = 1; value < original.Value; value++)
            {
                best[i] = original with { Value = value };
                if (stillFails(ToLog(best)))
                {
                    lowered = true;
                    break;
                }

                best[i] = original;
            }
        }

        return lowered;
    }

    private static List<Departure> Departures(ChoiceLog choices)
    {
        List<Departure> departures = [];
        for (int i = 0; i < choices.Count; i++)
        {
            if (choices[i].Value != 0)
                departures.Add(new Departure(i, choices[i].Value));
        }

        return departures;
    }

    // Site and bound are left open: they are another's after every simplification.
    private static ChoiceLog ToLog(List<Departure> departures)
    {
        ChoiceLog log = new();
        foreach (Departure departure in departures)
        {
            while (log.Count < departure.Index)
                log.Add(new Choice(null, 0, 0));
            log.Add(new Choice(null, 0, departure.Value));
        }

        return log;
    }

    /// <summary>A decision that leaves the current task.</summary>
    private readonly record struct Departure(int Index, int Value);
}
