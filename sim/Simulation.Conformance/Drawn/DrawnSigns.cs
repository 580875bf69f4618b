using Simulation.Conformance.UnderTest;
using Simulation.Oracle;
using Simulation.Scenarios.Options;

namespace Simulation.Conformance.Drawn;

/// <summary>By what a violation in a drawn case is known to be a listed fault: by the bytes, as the referee knows it, and by who connected beside
/// the source.</summary>
internal static class DrawnSigns
{
    // Fewer are peeked at in the main loop.
    private const int PeekedBytes = 4;

    /// <summary>The fault that explains a violation.</summary>
    /// <param name="script">What happened beside the bytes.</param>
    /// <param name="program">Who did it.</param>
    /// <param name="property">What was violated.</param>
    /// <param name="run">What was seen.</param>
    /// <returns>Its id, or null.</returns>
    public static string? IdFor(DrawnScript script, IDestinationProgram program, ConformanceProperty property, ConformanceRun run)
    {
        if (IsTakenForSource(script, run))
            return "L5";

        // It takes the first connection for main.
        if (program.Dialect == SourceDialect.Before81 && run.Case.HasChannels && script.Main > 0)
            return "#63";
        if (property == ConformanceProperties.Liveness && run.Silences.Count > 0)
            return IdForSilence(script, run);
        if (script.TriesBadAddress && IsStuckInSetup(property, run))
            return "L10";
        if (run is { ExitsOnError: true, End.Kind: EndKind.Failed, Oracle.Outcome: OracleOutcome.Paused })
            return "L9";
        if (property == ConformanceProperties.Reports && run.Case.HasChannels && KnownDeviations.IsRefused(run.Hearing) && run.Events.Count(status => status == "failed") > 1)
            return "TWICE";
        string? id = KnownDeviations.IdFor(run.Hearing);
        return id == "VMDESC" && property != ConformanceProperties.Reports ? null : id;
    }

    // A channel that stands still is waited for in the thread that answers; one that has failed is, too, for ever.
    private static string? IdForSilence(DrawnScript script, ConformanceRun run) => BeginsSlowly(script) ? "L6"
        : run.Case.HasChannels && script.Stalls.Any(stall => stall.Connection != script.Main) ? "STALL"
        : run.End.Kind == EndKind.Hung ? KnownDeviations.IdFor(run.Hearing) : null;

    // Or it has ended before its source came.
    private static bool IsTakenForSource(DrawnScript script, ConformanceRun run) => script.Before.Count > 0
        && (run.StatusBehindStrangers is not (null or "setup")
            || (run.StatusBehindStrangers is null && run.Silences.Count == 0 && run.End.Kind is EndKind.Crashed or EndKind.Failed)
            || (run.End.Kind == EndKind.Crashed && run.End.Detail.Contains("yank", StringComparison.Ordinal)));

    // Or it says twice that it is in setup.
    private static bool IsStuckInSetup(ConformanceProperty property, ConformanceRun run) => run.Refusals.Count > 0
        || run.End is { Kind: EndKind.Waiting, Detail: "setup" }
        || (property == ConformanceProperties.Reports && run.Events.Count(status => status == "setup") > 1);

    private static bool BeginsSlowly(DrawnScript script) => script.Stalls.Any(stall => stall.Bytes < PeekedBytes)
        || script.Before.Concat(script.Beside).Any(stranger => stranger.Kind == StrangerKind.Idles && stranger.Bytes.Length < PeekedBytes);
}
