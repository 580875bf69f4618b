using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>A guest that has arrived has the run state it came with; a live one runs unless it shall not, by <c>-S</c> or the last
/// <c>stop</c> or <c>cont</c> before; in postcopy it ran or slept, whatever else it was told to be; and later commands change it (stream reference, section 7.2).</summary>
public sealed class GuestRunsAsMigrated : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => 
        run.FinalStatus is MigrationStatus.Completed or MigrationStatus.PostcopyPaused && run.Oracle is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run) || run.Oracle is null)
            return null;
        bool isPostcopy = run.Oracle.Postcopy is { HasRun: true };
        if (!RunStateNames.TryParse(run.Oracle.MigratedRunState ?? "running", out RunState migrated))
            return null;
        if (isPostcopy)
            migrated = migrated == RunState.Suspended || run.Oracle.MigratedGuestWasSuspended ? RunState.Suspended : RunState.Running;
        else if (migrated == RunState.Running && run.Oracle.MigratedGuestWasSuspended)
            migrated = RunState.Suspended;
        int arrival = run.RunStates.Count > 0 ? run.RunStates[0].Order : run.End?.Order ?? int.MaxValue;
        bool starts = !run.Options.Machine.StartsPaused;
        RunState? state = null;
        foreach (MonitorExchange command in run.Commands)
        {
            if (command is not { Command: MonitorCommand.Continue or MonitorCommand.Stop, Succeeded: true })
                continue;
            bool runs = command.Command == MonitorCommand.Continue;
            if (command.Order < arrival)
                starts = runs;
            else
                state = After(state ?? Arrived(migrated, starts), runs);
        }

        // Its program runs on each of its virtual CPUs, whether they are let run or not.
        if (isPostcopy && !run.StartedCpus.Order().SequenceEqual(Enumerable.Range(0, run.Options.Migration.Postcopy?.Vcpus ?? 0)))
            return $"virtual CPUs {string.Join(", ", run.StartedCpus)} were started, of {run.Options.Migration.Postcopy?.Vcpus}";
        RunState expected = state ?? Arrived(migrated, starts);
        return run.FinalRunState == expected ? null : $"the guest is {run.FinalRunState} and should be {expected}";
    }

    private static RunState Arrived(RunState migrated, bool starts) =>
        migrated is RunState.Running or RunState.Suspended && !starts ? RunState.Paused : migrated;

    private static RunState After(RunState state, bool runs)
    {
        // A guest that came with the run state inmigrate still waits.
        if (state == RunState.InMigrate)
            return state;
        return runs ? RunState.Running : state is RunState.Running or RunState.Suspended ? RunState.Paused : state;
    }
}
