using Qemu.Migration.Destination;
using Simulation.Engine.Loop;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Any bytes and any schedule: once faults have stopped, the migration completes or fails within its budget of virtual time and steps,
/// its source comes to an end, and every connection is let go. Only a connection that never came may be waited for (stream reference,
/// section 10.1, V1).
/// </summary>
public sealed class EveryRunEnds : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Report is { Outcome: not RunOutcome.Completed } report)
            return $"the run did not end: {report}";
        if (!run.FinalStatus.IsTerminal())
        {
            bool misses = run.FinalStatus == MigrationStatus.Setup && run.Oracle is { Outcome: OracleOutcome.Pending, WaitingForConnection: { } waiting }
                && (waiting == 0 ? run.Main is null : waiting > run.Channels.Count);

            if (run is { FinalStatus: MigrationStatus.None, QuitMicroseconds: not null })
                return null;

            // A source that announces bytes, sends none and stays is waited for, as anybody would.
            bool lies = !run.IsClean && !run.SourceIsDone && run.Oracle?.Outcome == OracleOutcome.Pending;
            return misses || lies ? null : $"the migration is {run.FinalStatus} for ever; {run.Report}";
        }

        if (!run.SourceIsDone)
            return $"the migration is {run.FinalStatus} and the source {run.Source.Status} for ever";
        foreach (ReceivedStream stream in run.Streams)
        {
            if (!stream.IsDone)
                return $"the migration is {run.FinalStatus} and connection '{stream.Name}' is served for ever";
        }

        return null;
    }
}
