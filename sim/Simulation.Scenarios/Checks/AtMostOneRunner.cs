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
/// that. In postcopy none is needed: from RUN on the source's guest stays stopped, whatever is lost.
/// </summary>
public sealed class AtMostOneRunner : ICheck
{
    private const int ShutBytes = 8;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        bool here = run.FinalStatus == MigrationStatus.Completed || run.Oracle?.Postcopy is { HasRun: true };
        bool there = run.Source.Status is not SourceStatus.Completed && !IsHandedOver(run.Source.Status);
        if (!MayHaveLostTheLastMessage(run))
        {
            if (here && there)
                return $"the migration is {run.FinalStatus} and the source is {run.Source.Status}: {run.Source.ErrorDescription}";
            if (FirstWithTwoRunners(run) is { } nanoseconds)
                return $"the guest ran at both ends at {nanoseconds} ns";
        }

        // A source whose package may have arrived keeps its guest stopped, and whole: its manager can start it again.
        bool isKept = IsHandedOver(run.Source.Status);
        return !here && !there && !isKept && run.Options.Migration.ReturnPath && run.Options.Deviations.Count == 0 && !IsShutForged(run)
            ? $"the source has given the guest away and the migration is {run.FinalStatus}" : null;
    }

    // A bit that is wrong may make SHUT(0) of SHUT(1), the last message: the source can only believe it.
    private static bool IsShutForged(RunObservation run) => run.Main is { } main && run.Damage.Exists(done => done.Connection == main.Name
        && done.Damage is { Kind: DamageKind.Corrupted, Direction: Direction.ServerToClient } damage
        && damage.OffsetBytes >= main.Sent.Length - ShutBytes);

    private static bool IsHandedOver(SourceStatus status) => status is >= SourceStatus.PostcopyDevice and <= SourceStatus.PostcopyRecover;

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

    // In postcopy no message decides who runs: a source that has sent RUN never runs again by itself.
    private static bool MayHaveLostTheLastMessage(RunObservation run) => run.Oracle?.Postcopy is not { HasRun: true }
        && (run.Options.Deviations.Count > 0 || run.Damage.Exists(done =>
            done.Damage.Kind is DamageKind.Reset or DamageKind.Truncated or DamageKind.Corrupted));
}
