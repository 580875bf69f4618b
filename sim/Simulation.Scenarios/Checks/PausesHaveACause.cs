using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Postcopy pauses at most once for each lost connection, each wrong byte and each migrate-pause, and not before it. It does not
/// pause for a good stream on a good connection: after a recovery the same stream would pause it again.</summary>
public sealed class PausesHaveACause : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.WasPaused;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        List<long> pauses = [.. run.Statuses.Where(change => change.To == MigrationStatus.PostcopyPaused).Select(change => change.TimeNanoseconds)];
        IEnumerable<long> losses = run.Damage
            .Where(done => done.Damage.Kind is DamageKind.Truncated or DamageKind.Reset or DamageKind.Corrupted)
            .Select(done => done.Damage.TimeNanoseconds);
        IEnumerable<long> orders = Succeeded(run, MonitorCommand.Pause);

        // Each migrate-recover takes the listener of the one before away, and perhaps a connection of the source that is on its way to it.
        IEnumerable<long> hasty = Succeeded(run, MonitorCommand.Recover).Skip(1);
        List<long> timed = [.. losses.Concat(orders).Concat(hasty)];

        // A channel for urgent pages that is too late is given up, and so is a source that comes back and does not resume. Who departs from
        // the format may do so at any time.
        int others = run.Warnings.Count(warning => warning.Contains("no channel brings the pages", StringComparison.Ordinal))
            + run.Refused.Count(name => name.StartsWith("recovery/", StringComparison.Ordinal))
            + run.AppliedDeviations.Count(applied => applied);

        // A section whose number was wrong at its start is unknown in each recovery.
        if (run.IsMisled)
            others += run.Warnings.Count(warning => warning.Contains("which no section has been given", StringComparison.Ordinal));
        for (int i = 0; i < pauses.Count; i++)
        {
            int causes = timed.Count(time => time <= pauses[i]) + others;
            if (i >= causes)
                return $"postcopy was paused for the {i + 1}. time at {pauses[i]} ns, with {causes} causes until then: {string.Join("; ", run.Warnings)}";
        }

        return null;
    }

    private static IEnumerable<long> Succeeded(RunObservation run, MonitorCommand order) =>
        run.Commands.Where(command => command.Command == order && command.Succeeded).Select(command => command.SentNanoseconds).Order();
}
