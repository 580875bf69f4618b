using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Postcopy pauses at most once for each lost connection, each wrong byte and each migrate-pause. It does not pause for a good
/// stream on a good connection: after a recovery the same stream would pause it again.</summary>
public sealed class PausesHaveACause : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.WasPaused;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        int pauses = run.Statuses.Count(change => change.To == MigrationStatus.PostcopyPaused);
        int losses = run.Damage.Count(done => done.Damage.Kind is DamageKind.Truncated or DamageKind.Reset or DamageKind.Corrupted);
        int orders = run.Commands.Count(command => command is { Command: MonitorCommand.Pause, Succeeded: true });

        // Each migrate-recover takes the listener of the one before away, and perhaps a connection of the source that is on its way to it.
        int hasty = Math.Max(0, run.Commands.Count(command => command is { Command: MonitorCommand.Recover, Succeeded: true }) - 1);

        // A channel for urgent pages that is too late is given up, and so is a source that comes back and does not resume.
        int delays = run.Warnings.Count(warning => warning.Contains("no channel brings the pages", StringComparison.Ordinal))
            + run.Refused.Count(name => name.StartsWith("recovery/", StringComparison.Ordinal));
        int causes = losses + orders + hasty + delays + run.AppliedDeviations.Count(applied => applied);
        return pauses > causes ? $"postcopy was paused {pauses} times, for {causes} causes: {string.Join("; ", run.Warnings)}" : null;
    }
}
