using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// The monitor hears exactly the events that belong to what happened, in that order: MIGRATION where <c>events</c> is on, STOP and
/// RESUME always; and the guest has arrived before the migration says completed (stream reference, section 7.2).
/// </summary>
public sealed class EventsInOrder : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        List<(int Order, string Text)> expected = [];
        if (run.Options.Migration.Events)
            expected.AddRange(run.Statuses.Select(change => (change.Order, $"MIGRATION {change.To.ToQapi()}")));
        foreach (RunStateChange change in run.RunStates)
        {
            if (change.From == RunState.Running)
                expected.Add((change.Order, "STOP"));
            else if (change.To == RunState.Running)
                expected.Add((change.Order, "RESUME"));
        }

        expected.Sort((a, b) => a.Order.CompareTo(b.Order));
        IEnumerable<string> heard = run.Events.Select(e => e.Status is null ? e.Name : $"{e.Name} {e.Status}");
        if (!expected.Select(e => e.Text).SequenceEqual(heard))
            return $"the monitor heard [{string.Join(", ", heard)}] and not [{string.Join(", ", expected.Select(e => e.Text))}]";
        return run.End is { To: MigrationStatus.Completed } end ? JudgeArrival(run, end) : null;
    }

    private static string? JudgeArrival(RunObservation run, StatusChange end)
    {
        List<RunStateChange> arrivals = run.RunStates.FindAll(change => change.From == RunState.InMigrate);
        if (arrivals.Count == 1)
            return arrivals[0].Order < end.Order ? null : "the guest arrived after the migration had completed";

        // A guest that was waiting to be migrated at its source goes on waiting.
        return arrivals.Count == 0 && run.Oracle?.MigratedRunState == "inmigrate"
            ? null : $"the guest arrived {arrivals.Count} times";
    }
}
