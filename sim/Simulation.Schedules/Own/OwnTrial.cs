using Simulation.Engine.Choices;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Schedules.Own;

/// <summary>Our own host as another world is asked for it: what crosses is made of the platform's types.</summary>
public static class OwnTrial
{
    /// <summary>Makes a search that may be run again and again by one thread.</summary>
    /// <param name="model">A model's name.</param>
    /// <param name="strategy">A strategy's name.</param>
    /// <returns>Runs schedules from a seed on, one seed each, or replays decisions where they are given, and stops at the first
    /// violation: how many schedules it ran; the property that was violated, or null; what was wrong; the decisions of the last
    /// schedule as <see cref="ChoiceLog.FormatValues"/> writes them; its trace hash.</returns>
    /// <exception cref="ArgumentException">There is no such model or strategy.</exception>
    public static Func<ulong, int, string?, (int Schedules, string? Property, string? Message, string Choices, ulong TraceHash)> Open(
        string model, string strategy)
    {
        OwnHost host = new(ModelCatalogue.Find(model), strategy);
        return (seed, schedules, choices) =>
        {
            ChoiceLog? replay = choices is null ? null : ChoiceLog.Parse(choices);
            ScheduleResult result = default;
            int done = 0;
            while (done < schedules && result.Violation is null)
                result = host.Run(unchecked(seed + (ulong)done++), replay);
            string taken = result.Violation is null && schedules > 1 ? "" : host.Choices.Recorded.FormatValues();
            return (done, result.Violation?.Property, result.Violation?.Message, taken, result.TraceHash);
        };
    }
}
