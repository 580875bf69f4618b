using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// mbps and pages-per-second are the counters of the same reply over the time they took: the whole run's in the end, and, as they look
/// back a second, also in a migration's first second (stream reference, section 8.5).
/// </summary>
public sealed class RatesFollowCounters : ICheck
{
    private const long Second = 1_000_000_000;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (QueryReply query in run.Queries)
        {
            if (query.Ram is not { } ram || run.Activation is not { } activation)
                continue;
            if (!(ram.Mbps >= 0) || !double.IsFinite(ram.Mbps) || ram.PagesPerSecond < 0)
                return $"mbps is {ram.Mbps} and pages-per-second {ram.PagesPerSecond}{Where(query)}";
            long until = query.IsTerminal ? run.End?.TimeNanoseconds ?? -1 : query.TimeNanoseconds;
            long took = until - activation.TimeNanoseconds;
            if (took >= Second && !query.IsTerminal)
                continue;
            if (!IsRate(ram.Mbps, ram.Transferred * 8e3, took, slack: 0))
                return $"mbps is {ram.Mbps} for {ram.Transferred} bytes in {took} ns{Where(query)}";
            if (!IsRate(ram.PagesPerSecond, ram.Records * 1e9, took, slack: 1))
                return $"pages-per-second is {ram.PagesPerSecond} for {ram.Records} pages in {took} ns{Where(query)}";
        }

        return null;
    }

    private static string Where(QueryReply query) => $" (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";

    // No time is no rate.
    private static bool IsRate(double rate, double amount, long nanoseconds, double slack)
    {
        double expected = nanoseconds <= 0 ? 0 : amount / nanoseconds;
        return Math.Abs(rate - expected) <= slack + (expected * 1e-9);
    }
}
