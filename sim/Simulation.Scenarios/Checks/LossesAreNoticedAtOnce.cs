using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>A guest that runs here waits for its pages: when a connection that brings them is lost, postcopy is paused in that instant, and
/// not only when somebody looks for what is missing (stream reference, section 6.5).</summary>
public sealed class LossesAreNoticedAtOnce : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Options.Migration.Postcopy is not null && run.Streams.Any(stream => IsLost(run, stream));

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Options.Migration.Postcopy is null)
            return null;
        foreach (ReceivedStream stream in run.Streams)
        {
            if (!IsLost(run, stream))
                continue;
            long time = stream.EndedNanoseconds!.Value;
            MigrationStatus before = MigrationStatus.None;
            bool isNoticed = false;
            foreach (StatusChange change in run.Statuses)
            {
                if (change.TimeNanoseconds < time)
                    before = change.To;
                isNoticed |= change.TimeNanoseconds == time;
            }

            if (before == MigrationStatus.PostcopyActive && !isNoticed)
                return $"'{stream.Name}' was lost at {time} ns, and postcopy went on as if it had not been";
        }

        return null;
    }

    // Who goes before having said what he is was a stranger.
    private static bool IsLost(RunObservation run, ReceivedStream stream) => stream.EndedNanoseconds is not null && !run.Refused.Contains(stream.Name)
        && stream.Role is ConnectionRole.Main or ConnectionRole.Recovery or ConnectionRole.Preempt;
}
