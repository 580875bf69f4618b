using Simulation.Conformance.UnderTest;
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
    /// <param name="property">What was violated.</param>
    /// <param name="run">What was seen.</param>
    /// <returns>Its id, or null.</returns>
    public static string? IdFor(DrawnScript script, ConformanceProperty property, ConformanceRun run)
    {
        if (property == ConformanceProperties.Liveness && run.Silences.Count > 0)
            return BeginsSlowly(script) ? "L6" : null;
        if (KnownDeviations.IdFor(run.Hearing) is { } id)
            return id;
        if (script.TriesBadAddress && (run.Refusals.Count > 0 || run.End is { Kind: EndKind.Waiting, Detail: "setup" }))
            return "L10";
        return null;
    }

    private static bool BeginsSlowly(DrawnScript script) => script.Stalls.Any(stall => stall.Bytes < PeekedBytes)
        || script.Before.Concat(script.Beside).Any(stranger => stranger.Kind == StrangerKind.Idles && stranger.Bytes.Length < PeekedBytes);
}
