using Qemu.Migration.Destination;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Any bytes and any schedule: once faults have stopped, the migration completes or fails within its budget of virtual time and steps,
/// or, in postcopy, pauses where nobody recovers it; its source comes to an end, and every connection is let go. Only a connection that
/// never came may be waited for (stream reference, section 10.1, V1).
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

            if (run.FinalStatus == MigrationStatus.PostcopyPaused)
                return JudgePaused(run);

            if (run is { FinalStatus: MigrationStatus.None, QuitMicroseconds: not null })
                return null;

            // A source that announces bytes, sends none and stays is waited for, as anybody would.
            bool lies = !run.IsClean && !run.SourceIsDone && run.Oracle?.Outcome == OracleOutcome.Pending;
            return misses || lies ? null : $"the migration is {run.FinalStatus} for ever; {run.Report}";
        }

        // A source whose guest has been handed over waits for a destination that never had it, or has said that it has everything, and was
        // not heard: its manager decides, and may be connecting in vain once more when the run is over.
        bool waits = run.Source.Status is SourceStatus.PostcopyPaused or SourceStatus.PostcopyRecoverSetup;
        // An order may have ended the last connection just before.
        long resumed = run.Statuses.Where(change => change.From == MigrationStatus.PostcopyRecover && change.To == MigrationStatus.PostcopyActive)
            .Select(change => change.TimeNanoseconds).DefaultIfEmpty(0).Max();
        // Wrong bytes may say that the stream ends. It is closed then, while its source still sends and does not hear SHUT(0).
        bool isLeftAlone = waits && (run.IsCut || run.IsMisled || run.FinalStatus == MigrationStatus.Failed
            || run.Commands.Exists(command => command is { Command: MonitorCommand.Pause, Succeeded: true } && command.ReadNanoseconds >= resumed));
        if (!run.SourceIsDone && !isLeftAlone)
            return $"the migration is {run.FinalStatus} and the source {run.Source.Status} for ever";
        foreach (ReceivedStream stream in run.Streams)
        {
            if (!stream.IsDone)
                return $"the migration is {run.FinalStatus} and connection '{stream.Name}' is served for ever";
        }

        return null;
    }

    // A guest that was handed over goes on without its source where nobody recovers it, or its source has gone for good.
    private static string? JudgePaused(RunObservation run)
    {
        // A host that ends takes the connections with it: who comes back finds nobody.
        bool endsWithTheHost = run.Statuses[^1].Order > run.LeavesOrder;

        // A section whose number was wrong at its start is unknown in each recovery too.
        bool isLost = run.IsMisled && run.Recoveries.Any();
        if (run.Options.Migration.Postcopy is { Recovers: true } && !run.SourceIsDone && !endsWithTheHost && !isLost)
            return $"the migration is paused for ever though it is recovered, and the source {run.Source.Status}";
        return run.SourceIsDone || run.Source.Status == SourceStatus.PostcopyPaused
            ? null : $"the migration is paused and the source {run.Source.Status} for ever";
    }
}
