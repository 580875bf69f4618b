using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Whoever sees a terminal status sees the final figures with it: they are stored first (stream reference, section 8.2, T1), and never
/// change afterwards (section 8.5, O7 and O8).
/// </summary>
public sealed class CompletedNeverBeforeStatistics : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.End is not null || run.Queries.Exists(query => query.IsTerminal);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.End is { ShowsFigures: false } end)
            return $"the status was {end.To} at {end.TimeNanoseconds} ns and the figures were not there";
        QueryReply? first = null;
        foreach (QueryReply query in run.Queries)
        {
            if (!query.IsTerminal)
                continue;
            if (JudgeFigures(run, query, first ?? query) is { } violation)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
            first ??= query;
        }

        return null;
    }

    private static string? JudgeFigures(RunObservation run, QueryReply query, QueryReply first)
    {
        if (run.Activation is not null && (query.TotalTime is null || query.SetupTime is null || query.Ram is null))
            return "figures are missing";
        if (query.Ram != first.Ram || query.TotalTime != first.TotalTime || query.SetupTime != first.SetupTime)
            return $"figures changed after the end: {query.Ram}, {query.TotalTime} ms were {first.Ram}, {first.TotalTime} ms";
        if (query.Ram is not null && query.Ram != RamFigures.Of(run.FinalStatistics))
            return $"it says {query.Ram}, and the figures are {RamFigures.Of(run.FinalStatistics)}";
        return query.Status != run.FinalStatus.ToQapi() || query.ErrorDescription != run.Error?.Message
            ? $"it says '{query.ErrorDescription}', and the error is '{run.Error?.Message}'" : null;
    }
}
