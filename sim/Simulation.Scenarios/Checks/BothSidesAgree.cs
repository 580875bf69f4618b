using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// The states of both sides go together through postcopy. A source says postcopy only when its guest is stopped, and completed only
/// when the destination is. A destination that goes over to postcopy has a source that has stopped its guest, and one that completes has
/// a source that has sent everything. Of runs in which nobody else can be taken for the source.
/// </summary>
public sealed class BothSidesAgree : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.Options.Migration.Postcopy is not null && run.IsClean && run.Options.Strangers.Count == 0;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run))
            return null;
        MigrationStatus here = MigrationStatus.None;
        SourceStatus there = SourceStatus.None;
        int next = 0;
        foreach (SourceStatusChange change in run.SourceStatuses)
        {
            for (; next < run.Statuses.Count && run.Statuses[next].Order < change.Order; next++)
            {
                here = run.Statuses[next].To;
                if (!MayBe(here, there))
                    return $"at {run.Statuses[next].TimeNanoseconds} ns the destination became {here} and the source was {there}";
            }

            there = change.To;
            if (!MayBe(here, there))
                return $"at {change.TimeNanoseconds} ns the source became {there} and the destination was {here}";
        }

        for (; next < run.Statuses.Count; next++)
        {
            here = run.Statuses[next].To;
            if (!MayBe(here, there))
                return $"at {run.Statuses[next].TimeNanoseconds} ns the destination became {here} and the source was {there}";
        }

        return null;
    }

    // A side learns later what the other one did: which pairs occur, and none else.
    private static bool MayBe(MigrationStatus here, SourceStatus there) => here switch
    {
        MigrationStatus.None or MigrationStatus.Setup => there is SourceStatus.None or SourceStatus.Setup or SourceStatus.Active or SourceStatus.Failed
            or SourceStatus.Device or SourceStatus.PostcopyDevice or SourceStatus.PostcopyActive or SourceStatus.PostcopyPaused,
        MigrationStatus.Active => there is not (SourceStatus.None or SourceStatus.PostcopyRecover or SourceStatus.Completed),
        MigrationStatus.PostcopyActive => there >= SourceStatus.Device && there != SourceStatus.Completed,
        MigrationStatus.PostcopyPaused => there is >= SourceStatus.PostcopyDevice and <= SourceStatus.PostcopyRecover,
        MigrationStatus.PostcopyRecover => there is SourceStatus.PostcopyPaused or SourceStatus.PostcopyRecoverSetup or SourceStatus.PostcopyRecover,
        _ => true,
    };
}
