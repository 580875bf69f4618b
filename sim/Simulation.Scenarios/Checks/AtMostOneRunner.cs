using Qemu.Migration.Destination;
using Simulation.Engine.Fabric;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// In the end source and destination never both own the guest, and with a return path one of them does (stream reference, section
/// 10.1, V3). Only the loss of the very last message can leave both with it: no protocol of this kind can prevent that.
/// </summary>
public sealed class AtMostOneRunner : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        bool here = run.FinalStatus == MigrationStatus.Completed;
        bool there = run.Source.Status != SourceStatus.Completed;
        if (here && there && !MayHaveLostTheLastMessage(run))
            return $"the migration completed and the source is {run.Source.Status}: {run.Source.ErrorDescription}";
        return !here && !there && run.Options.Migration.ReturnPath && run.Options.Deviations.Count == 0
            ? $"the source has given the guest away and the migration is {run.FinalStatus}" : null;
    }

    private static bool MayHaveLostTheLastMessage(RunObservation run) =>
        run.Options.Deviations.Count > 0 || run.Damage.Exists(done =>
            done.Damage.Kind is DamageKind.Reset or DamageKind.Truncated or DamageKind.Corrupted);
}
