using Simulation.Engine.Choices;
using Simulation.Engine.Scheduling;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Schedules.Own;

/// <summary>All schedules of a model up to a number of departures, as another world is asked for them: what crosses is made of the
/// platform's types.</summary>
public static class ExhaustiveTrial
{
    /// <summary>Runs all schedules of a model with up to so many departures from the default order, or until one violates a property.</summary>
    /// <param name="model">A model's name.</param>
    /// <param name="departures">How many departures at most.</param>
    /// <param name="goesOn">Told after each schedule how many were run; says whether to go on.</param>
    /// <returns>How many schedules were run; whether these were all; the property that was violated, or null; what was wrong; the
    /// decisions of the last schedule as <see cref="ChoiceLog.FormatValues"/> writes them; its trace hash.</returns>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public static (long Schedules, bool IsComplete, string? Property, string? Message, string Choices, ulong TraceHash) Run(
        string model, int departures, Func<long, bool> goesOn)
    {
        ArgumentNullException.ThrowIfNull(goesOn);
        using OwnHost host = new(ModelCatalogue.Find(model), "continue");
        ScheduleResult result = default;
        long done = 0;
        bool isComplete = DepartureSearch.Visit(departures, RunOne);
        return (done, isComplete, result.Violation?.Property, result.Violation?.Message,
            host.Choices.Recorded.FormatValues(), result.TraceHash);

        int RunOne(ChoiceLog beginning, out ChoiceLog taken)
        {
            result = host.Run(0, beginning);
            taken = host.Choices.Recorded;
            return result.Violation is null & goesOn(++done) ? taken.Count : -1;
        }
    }
}
