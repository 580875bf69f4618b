using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Postcopy;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// postcopy-blocktime is the time that virtual CPUs waited for missing pages: each one, and all at the same time. The latencies are those of
/// the pages that came (stream reference, sections 7.3 and 9.2, #73). Virtual time makes them exact. Replies have them after completion.
/// </summary>
public sealed class BlockTimeEqualsWaits : ICheck
{
    private const int Buckets = 24;
    private const long Millisecond = 1_000_000;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Options.Migration.Postcopy is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Options.Migration.Postcopy is not { } postcopy)
            return null;
        BlockTimeFigures? figures = run.FinalStatistics.BlockTime;
        if (figures is not null && !postcopy.MeasuresBlockTime)
            return "waits were measured and nobody asked for it";
        foreach (QueryReply query in run.Queries)
        {
            if (JudgeReply(query, figures) is { } violation)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status})";
        }

        // A virtual CPU that is stopped while it waits goes on later than its page has come; one that is switched off has waited for nothing.
        bool isExact = run.RunStates is [] or [{ To: RunState.Running }] && run.LeavesNanoseconds is null;
        return figures is null || !isExact ? null : JudgeWaits(run, figures, postcopy.Vcpus);
    }

    private static string? JudgeReply(QueryReply query, BlockTimeFigures? figures)
    {
        if (query.Status != "completed" || figures is null)
            return query.BlockTime is null ? null : "postcopy-blocktime is there before the end, or unasked";
        if (query.BlockTime is not { } said)
            return "postcopy-blocktime is missing";
        bool agrees = said.All == figures.AllBlockedNanoseconds / Millisecond && said.Latency == figures.LatencyNanoseconds
            && said.OtherLatency == figures.OtherLatencyNanoseconds && said.Distribution == string.Join(',', figures.Distribution)
            && said.Vcpus == string.Join(',', figures.VcpuBlockedNanoseconds.Select(blocked => blocked / Millisecond))
            && said.VcpuLatencies == string.Join(',', figures.VcpuLatencyNanoseconds);
        return agrees ? null : $"{said} is not what was measured, {figures}";
    }

    private static string? JudgeWaits(RunObservation run, BlockTimeFigures figures, int vcpus)
    {
        long[] blocked = new long[vcpus];
        long[] counts = new long[vcpus];
        long[] distribution = new long[Buckets];
        foreach (GuestAccess wait in run.Accesses)
        {
            if (!IsWait(run, wait) || wait.EndNanoseconds is not { } end)
                continue;
            long latency = end - wait.BeginNanoseconds;
            blocked[wait.Vcpu] += latency;
            counts[wait.Vcpu]++;
            distribution[BucketOf(latency)]++;
        }

        for (int cpu = 0; cpu < vcpus; cpu++)
        {
            if (figures.VcpuBlockedNanoseconds[cpu] != blocked[cpu])
                return $"virtual CPU {cpu} is said to have waited {figures.VcpuBlockedNanoseconds[cpu]} ns, and waited {blocked[cpu]} ns";
            if (figures.VcpuLatencyNanoseconds[cpu] != Average(blocked[cpu], counts[cpu]))
                return $"pages of virtual CPU {cpu} are said to have taken {figures.VcpuLatencyNanoseconds[cpu]} ns, of {counts[cpu]} in {blocked[cpu]} ns";
        }

        // Pages that a monitor touched were awaited too, by nobody whose time is known.
        bool isEachKnown = !run.Commands.Exists(TouchedPagesAreRequested.IsTouch);
        if (isEachKnown && (figures.LatencyNanoseconds != Average(blocked.Sum(), counts.Sum()) || figures.OtherLatencyNanoseconds != 0))
            return $"a page is said to have taken {figures.LatencyNanoseconds} ns, of {counts.Sum()} in {blocked.Sum()} ns";
        if (isEachKnown && !figures.Distribution.SequenceEqual(distribution))
            return $"latencies are said to be [{string.Join(", ", figures.Distribution)}], and are [{string.Join(", ", distribution)}]";
        long all = AllBlocked(run, vcpus);
        return figures.AllBlockedNanoseconds != all ? $"all virtual CPUs are said to have waited {figures.AllBlockedNanoseconds} ns, and waited {all} ns" : null;
    }

    // When the migration is over nobody waits, whatever is missing: bytes that are wrong may have ended it early.
    private static bool IsWait(RunObservation run, GuestAccess access) =>
        access.WasMissing && !access.IsGivenUp && !(run.End?.Order < access.BeginOrder);

    // Element N has what took 2^N us or more, and less than twice that.
    private static int BucketOf(long nanoseconds)
    {
        int bucket = 0;
        for (long microseconds = nanoseconds / 1000; microseconds > 1 && bucket < Buckets - 1; microseconds /= 2)
            bucket++;
        return bucket;
    }

    private static long Average(long sum, long count) => count == 0 ? 0 : sum / count;

    // Waits that never end count as waiting, and end no time in which all waited.
    private static long AllBlocked(RunObservation run, int vcpus)
    {
        List<(int Order, long Time, int Change)> changes = [];
        foreach (GuestAccess wait in run.Accesses)
        {
            if (!IsWait(run, wait))
                continue;
            changes.Add((wait.BeginOrder, wait.BeginNanoseconds, 1));
            if (wait.EndNanoseconds is { } end)
                changes.Add((wait.EndOrder, end, -1));
        }

        changes.Sort();
        (long sum, long since, int waiting) = (0, 0, 0);
        foreach (var (_, time, change) in changes)
        {
            if (change < 0 && waiting == vcpus)
                sum += time - since;
            waiting += change;
            if (change > 0 && waiting == vcpus)
                since = time;
        }

        return sum;
    }
}
