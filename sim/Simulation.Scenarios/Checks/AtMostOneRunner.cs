using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// At no instant the guest runs at both ends, in the end they never both own it, and with a return path one of them does (stream
/// reference, section 10.1, V3). Only the loss of the very last message can leave both with it: no protocol of this kind can prevent
/// that.
/// </summary>
public sealed class AtMostOneRunner : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        bool here = run.FinalStatus == MigrationStatus.Completed;
        bool there = run.Source.Status != SourceStatus.Completed;
        if (!MayHaveLostTheLastMessage(run))
        {
            if (here && there)
                return $"the migration completed and the source is {run.Source.Status}: {run.Source.ErrorDescription}";
            if (FirstWithTwoRunners(run) is { } nanoseconds)
                return $"the guest ran at both ends at {nanoseconds} ns";
        }

        return !here && !there && run.Options.Migration.ReturnPath && run.Options.Deviations.Count == 0
            ? $"the source has given the guest away and the migration is {run.FinalStatus}" : null;
    }

    // Both sides' changes, in the order in which they happened.
    private static long? FirstWithTwoRunners(RunObservation run)
    {
        bool there = run.Options.Machine.RunState is null;
        bool here = false;
        int next = 0;
        foreach (RunStateChange change in run.RunStates)
        {
            for (; next < run.SourceGuest.Count && run.SourceGuest[next].Order < change.Order; next++)
            {
                there = run.SourceGuest[next].Runs;
                if (here && there)
                    return run.SourceGuest[next].TimeNanoseconds;
            }

            here = change.To == RunState.Running;
            if (here && there)
                return change.TimeNanoseconds;
        }

        for (; next < run.SourceGuest.Count; next++)
        {
            if (here && run.SourceGuest[next].Runs)
                return run.SourceGuest[next].TimeNanoseconds;
        }

        return null;
    }

    private static bool MayHaveLostTheLastMessage(RunObservation run) =>
        run.Options.Deviations.Count > 0 || run.Damage.Exists(done =>
            done.Damage.Kind is DamageKind.Reset or DamageKind.Truncated or DamageKind.Corrupted);
}
