using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Unless the migration completes, or has come to run its guest in postcopy, which it then never says to have failed, the guest goes on waiting for it, whatever the monitor commands (stream reference, section
/// 10.1, V5).</summary>
public sealed class FailedRunNeverStartsGuest : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.FinalStatus is not (MigrationStatus.Completed
        or MigrationStatus.PostcopyActive or MigrationStatus.PostcopyPaused or MigrationStatus.PostcopyRecover);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run))
            return null;
        if (run.RunStates.Count > 0)
            return $"the migration is {run.FinalStatus} and the guest became {run.RunStates[0].To}";
        return run.FinalRunState == RunState.InMigrate ? null : $"the migration is {run.FinalStatus} and the guest {run.FinalRunState}";
    }
}
