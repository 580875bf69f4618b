using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// mbps and pages-per-second are counters of the same reply divided by time (stream reference, section 8.5). Time without a source does not
/// count. In the first second and at the end the whole migration counts, in between the last 1 to 1.2 seconds.
/// </summary>
public sealed class RatesFollowCounters : ICheck
{
    private const long Second = 1_000_000_000;

    /// <summary>How much longer than a second a look may go back.</summary>
    private const long Spacing = Second / 5;

    /// <summary>What of the bytes read may not have been consumed yet: a record that is not whole, a device's state.</summary>
    private const long PendingBytes = 64 * 1024;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.Activation is not null && run.Queries.Exists(query => query.Ram is not null);

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
            // A window may have a pause in it.
            if (run.WasPaused && !query.IsTerminal)
                continue;
            long took = until - activation.TimeNanoseconds - TimesEqualVirtualTimes.PausedTime(run, query.Order, until);
            string? violation = took < Second || query.IsTerminal || IsFinal(run, query, ram) ? JudgeWhole(ram, took) : JudgeWindow(run, ram, until);
            if (violation is not null)
                return $"{violation}{Where(query)}";
        }

        return null;
    }

    // The figures of the end are there a moment before the status that they belong to.
    private static bool IsFinal(RunObservation run, QueryReply query, RamFigures ram) =>
        run.End is { } end && end.TimeNanoseconds == query.TimeNanoseconds && ram.Mbps == run.FinalStatistics.Mbps;

    private static string? JudgeWhole(RamFigures ram, long took)
    {
        if (!IsRate(ram.Mbps, ram.Transferred * 8e3, took, slack: 0))
            return $"mbps is {ram.Mbps} for {ram.Transferred} bytes in {took} ns";
        return !IsRate(ram.PagesPerSecond, ram.Records * 1e9, took, slack: 1)
            ? $"pages-per-second is {ram.PagesPerSecond} for {ram.Records} pages in {took} ns" : null;
    }

    // A file has no times of reading. The destination looks at its counters when it reads, less than a fifth of a second apart: the last
    // look that is a second old came less than that before the last read that is a second old.
    private static string? JudgeWindow(RunObservation run, RamFigures ram, long now)
    {
        if (run.Oracle is not { } oracle || run.Options.Migration.Transport == Transport.File)
            return null;
        long windowEnd = now - Second;
        long lastRead = 0;
        foreach (ReceivedStream stream in StreamsOf(run))
            lastRead = Math.Max(lastRead, stream.LastReadUpTo(windowEnd)?.Time ?? 0);
        var (mostBytes, mostPages) = ReadUpTo(run, oracle, windowEnd);
        var (leastBytes, leastPages) = run.Options.Migration.Multifd ? default : ReadUpTo(run, oracle, lastRead - Spacing);
        return OutOfRange("mbps", ram.Mbps, 8e3 * (ram.Transferred - mostBytes), 8e3 * (ram.Transferred - leastBytes + PendingBytes), slack: 0)
            ?? OutOfRange("pages-per-second", ram.PagesPerSecond, 1e9 * (ram.Records - mostPages), 1e9 * (ram.Records - leastPages), slack: 1);
    }

    private static string? OutOfRange(string name, double rate, double least, double most, double slack) =>
        rate < (least / (Second + Spacing) * (1 - 1e-9)) - slack || rate > (most / Second * (1 + 1e-9)) + slack
            ? $"{name} is {rate}, and in the last second it was {Math.Max(0, least / (Second + Spacing))} to {most / Second}" : null;

    private static IEnumerable<ReceivedStream> StreamsOf(RunObservation run) => run.Main is { } main ? run.Channels.Prepend(main).Concat(run.PreemptChannels) : run.Channels;

    private static (long Bytes, long Pages) ReadUpTo(RunObservation run, OracleVerdict oracle, long time)
    {
        long bytes = run.Main?.LastReadUpTo(time)?.Count ?? 0;
        long pages = Pages(oracle.CountersAt(bytes));
        for (int i = 0; i < run.Channels.Count; i++)
        {
            int read = run.Channels[i].LastReadUpTo(time)?.Count ?? 0;
            bytes += read;
            if (i < oracle.ChannelBytesConsumed.Count)
                pages += Pages(oracle.ChannelCountersAt(i, read));
        }

        foreach (ReceivedStream urgent in run.PreemptChannels)
        {
            int read = urgent.LastReadUpTo(time)?.Count ?? 0;
            bytes += read;
            pages += oracle.Postcopy is { Legs: [var leg, ..] } ? Pages(leg.PreemptCountersAt(read)) : 0;
        }

        return (bytes, pages);
    }

    private static long Pages(OracleCounters counters) => counters.Normal + counters.Zero + counters.Xbzrle;

    private static string Where(QueryReply query) => $" (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";

    // No time is no rate.
    private static bool IsRate(double rate, double amount, long nanoseconds, double slack)
    {
        double expected = nanoseconds <= 0 ? 0 : amount / nanoseconds;
        return Math.Abs(rate - expected) <= slack + (expected * 1e-9);
    }
}
