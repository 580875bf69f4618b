using System.Globalization;
using System.Text.Json.Nodes;
using Simulation.Oracle;
using Simulation.Source.Guest;

namespace Simulation.Conformance.UnderTest;

/// <summary>What was shown of a figure.</summary>
internal enum FigureState
{
    /// <summary>It was shown, and right.</summary>
    Right,

    /// <summary>It was shown, and wrong.</summary>
    Wrong,

    /// <summary>It was not shown.</summary>
    NotShown,
}

/// <summary>What a program showed of one figure at one moment.</summary>
/// <param name="Moment">"active", "completed", "failed".</param>
/// <param name="Figure">The member of <c>query-migrate</c>.</param>
/// <param name="State">What was shown.</param>
/// <param name="Message">One sentence about what is wrong; empty otherwise.</param>
/// <param name="Flaw">The flaw of the posted patch that shows so (stream reference, section 8), or null.</param>
internal sealed record FigureFinding(string Moment, string Figure, FigureState State, string Message, string? Flaw);

/// <summary>Holds the figures of <c>query-migrate</c> against the oracle, and times against an observer outside.</summary>
/// <param name="PageFlaw">The flaw that wrong page counts point to.</param>
/// <param name="TimeFlaw">The flaw that a wrong total time points to.</param>
internal sealed record FigureRules(string? PageFlaw, string? TimeFlaw)
{
    private const string Unknown = "I2";

    /// <summary>What the rounding of two times to milliseconds may make.</summary>
    private const int RoundingMilliseconds = 2;

    /// <summary>Judges what was shown.</summary>
    /// <param name="run">The run; it has ended as it must.</param>
    /// <param name="log">What was shown.</param>
    /// <returns>A finding for each figure of each moment.</returns>
    public IReadOnlyList<FigureFinding> Judge(ConformanceRun run, FigureLog log)
    {
        List<FigureFinding> findings = [];
        if (log.Active is { } active && !HasSeveralChannels(run))
            JudgeActive(run, log, active, findings);
        string end = run.End.Kind == EndKind.Completed ? "completed" : "failed";
        JsonNode final = log.Final ?? new JsonObject();
        JudgePages(end, final, PagesOf(run), findings);
        JudgeBytes(run, end, final, findings);
        JudgeTimes(log, end, final, log.Ended, findings);
        JudgeOrder(end, log, findings);
        return findings;
    }

    private static bool HasSeveralChannels(ConformanceRun run) => run.Case.Connections.Count > 1;

    // Main alone, and all of it that was sent has been read.
    private void JudgeActive(ConformanceRun run, FigureLog log, JsonNode active, List<FigureFinding> findings)
    {
        JudgePages("active", active, run.Oracle.CountersAt(log.SentBytes), findings);
        Range("active", "ram.total", active, run.Case.Block.LengthBytes, run.Case.Block.LengthBytes, "C9", findings);

        // What was thrown away for postcopy remains again.
        if (run.Oracle.Postcopy is null)
            JudgeRemaining(run, log, active, findings);
        Range("active", "ram.transferred", active, log.SentBytes - GuestRam.UsualPageBytes - 16, log.SentBytes, Unknown, findings);
        long most = Milliseconds(log.WentOn - log.Connecting) + RoundingMilliseconds;
        Range("active", "total-time", active, 0, most, "T10", findings);
        JudgeSetup("active", log, active, findings);
    }

    private static void JudgeRemaining(ConformanceRun run, FigureLog log, JsonNode active, List<FigureFinding> findings)
    {
        long left = run.Case.Block.LengthBytes - (run.Oracle.FirstPagesAt(log.SentBytes) * GuestRam.UsualPageBytes);
        Range("active", "ram.remaining", active, left, left, "I4", findings);
    }

    private void JudgePages(string moment, JsonNode info, OracleCounters pages, List<FigureFinding> findings)
    {
        Range(moment, "ram.normal", info, pages.Normal, pages.Normal, PageFlaw, findings);
        Range(moment, "ram.duplicate", info, pages.Zero, pages.Zero, PageFlaw, findings);
        Range(moment, "ram.normal-bytes", info, pages.Normal * GuestRam.UsualPageBytes, pages.Normal * GuestRam.UsualPageBytes, PageFlaw, findings);
        Range(moment, "ram.page-size", info, GuestRam.UsualPageBytes, GuestRam.UsualPageBytes, Unknown, findings);
        if (pages.Xbzrle > 0)
        {
            Range(moment, "ram.xbzrle-pages", info, pages.Xbzrle, pages.Xbzrle, "C8", findings);
            Range(moment, "ram.xbzrle-bytes", info, pages.XbzrleBytes, pages.XbzrleBytes, "C8", findings);
        }
    }

    private void JudgeBytes(ConformanceRun run, string moment, JsonNode info, List<FigureFinding> findings)
    {
        long total = run.Case.Block.LengthBytes;
        bool isCompleted = run.End.Kind == EndKind.Completed;
        Range(moment, "ram.total", info, total, total, "C9", findings);
        Range(moment, "ram.remaining", info, isCompleted ? 0 : GuestRam.UsualPageBytes, isCompleted ? 0 : total, "I4", findings);
        long channels = run.Oracle.ChannelBytesConsumed.Sum();

        // Several readers of a file are its channels.
        long read = run.Case.IsFile ? run.Oracle.MappedPages * GuestRam.UsualPageBytes : channels;
        Range(moment, "ram.multifd-bytes", info, channels, read, "C1", findings);
        long all = run.Case.Connections.Sum(connection => (long)connection.Bytes.Length);
        bool isExact = isCompleted && !run.Case.IsFile && run.Case.Connections.All(connection => connection.Leg == 0);
        long consumed = isExact ? run.Oracle.BytesConsumed + channels : 0;
        long least = isExact ? consumed : PagesOf(run).Normal * GuestRam.UsualPageBytes;
        Range(moment, "ram.transferred", info, least, isExact ? consumed : all, PageFlaw ?? Unknown, findings);
    }

    // From active to the end: the observer has seen that it was active before the source went on, and that it was not before it connected.
    private void JudgeTimes(FigureLog log, string moment, JsonNode info, TimeSpan ended, List<FigureFinding> findings)
    {
        long least = log.WasActive is { } active ? Milliseconds(log.WentOn - active) - RoundingMilliseconds : 0;
        Range(moment, "total-time", info, Math.Max(0, least), Milliseconds(ended - log.Connecting) + RoundingMilliseconds, TimeFlaw, findings);
        JudgeSetup(moment, log, info, findings);
    }

    private static void JudgeSetup(string moment, FigureLog log, JsonNode info, List<FigureFinding> findings)
    {
        long least = Milliseconds(log.Connecting - log.Listened) - RoundingMilliseconds;
        TimeSpan last = log.WasActive ?? log.Ended;
        Range(moment, "setup-time", info, Math.Max(0, least), Milliseconds(last) + RoundingMilliseconds, "I3", findings);
    }

    // Whoever sees the end sees its figures, and they do not change.
    private static void JudgeOrder(string moment, FigureLog log, List<FigureFinding> findings)
    {
        foreach (string figure in (string[])["total-time", "ram.normal", "ram.duplicate", "ram.transferred"])
        {
            (long? first, long? last) = (Read(log.FirstFinal, figure), Read(log.Final, figure));
            FigureState state = last is null ? FigureState.NotShown : first == last ? FigureState.Right : FigureState.Wrong;
            string shown = first is { } value ? value.ToString(CultureInfo.InvariantCulture) : "not shown";
            findings.Add(new(
                moment, $"{figure} at once", state,
                state == FigureState.Wrong ? $"{figure} is {shown} in the first reply that says {moment}, and {last} later" : "", "T1"));
        }
    }

    private static OracleCounters PagesOf(ConformanceRun run)
    {
        OracleVerdict oracle = run.Oracle;
        List<OracleCounters> all = [.. oracle.ChannelCounters];
        if (oracle.Postcopy is { HasRun: true } postcopy)
            all.AddRange(postcopy.Legs.SelectMany(leg => (OracleCounters[])[leg.Counters, leg.PreemptCounters]));
        else
            all.Add(oracle.Counters);
        long mapped = oracle.MappedPages;
        long holes = run.Case.Capabilities.Contains("mapped-ram") ? (run.Case.Block.LengthBytes / GuestRam.UsualPageBytes) - mapped : 0;
        return new(
            all.Sum(counters => counters.Normal) + mapped, all.Sum(counters => counters.Zero) + holes, all.Sum(counters => counters.Xbzrle),
            all.Sum(counters => counters.XbzrleBytes));
    }

    private static void Range(
        string moment, string figure, JsonNode info, long least, long most, string? flaw, List<FigureFinding> findings)
    {
        long? shown = Read(info, figure);
        FigureState state = shown is null ? FigureState.NotShown : shown >= least && shown <= most ? FigureState.Right : FigureState.Wrong;
        string must = least == most ? $"{most}" : $"{least} to {most}";
        string message = state == FigureState.Wrong
            ? string.Create(CultureInfo.InvariantCulture, $"{figure} is {shown} when {moment}, and must be {must}") : "";
        findings.Add(new(moment, figure, state, message, flaw));
    }

    private static long? Read(JsonNode? info, string figure)
    {
        foreach (string member in figure.Split('.'))
            info = info?[member];
        return (long?)info;
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
