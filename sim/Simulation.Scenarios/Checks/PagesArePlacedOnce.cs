using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>While the guest runs, a page is placed once: a record for one that is there is dropped and counted, for the guest may have
/// written it (stream reference, section 9.1, L21). A source that keeps to the protocol sends none.</summary>
public sealed class PagesArePlacedOnce : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Oracle is { Postcopy: not null };

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle?.Postcopy is not { } postcopy)
            return null;
        long dropped = run.FinalStatistics.DroppedPages;
        if (run.IsClean && dropped != 0)
            return $"{dropped} pages came twice from a source that keeps to the protocol";
        return dropped >= postcopy.DroppedPages && dropped <= postcopy.DroppedPages + postcopy.DoubtfulRecords
            ? null : $"{dropped} records were dropped, and {postcopy.DroppedPages} were for pages that were there";
    }
}
