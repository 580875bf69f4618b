using Qemu.Migration.Wire;
using Simulation.Oracle;

namespace Simulation.Conformance.UnderTest;

/// <summary>The properties that every case is judged by.</summary>
internal static class ConformanceProperties
{
    // The statuses of an incoming migration, each with those that may follow it (stream reference, section 7.1).
    private static readonly Dictionary<string, string[]> Successors = new(StringComparer.Ordinal)
    {
        [""] = ["setup"],
        ["setup"] = ["active", "failed"],
        ["active"] = ["completed", "failed", "postcopy-device", "postcopy-active"],
        ["postcopy-device"] = ["postcopy-active", "failed"],
        ["postcopy-active"] = ["completed", "failed", "postcopy-paused"],
        ["postcopy-paused"] = ["postcopy-recover-setup", "postcopy-recover", "failed"],
        ["postcopy-recover-setup"] = ["postcopy-recover", "postcopy-paused", "failed"],
        ["postcopy-recover"] = ["postcopy-active", "postcopy-paused", "failed"],
        ["completed"] = [],
        ["failed"] = [],
    };

    /// <summary>It lives, and answers.</summary>
    public static ConformanceProperty Liveness { get; } = new(
        "liveness", "The process neither dies nor hangs, and answers QMP at every moment.", Facts.BlackBox, JudgeLiveness) { JudgesTheLost = true };

    /// <summary>It ends as it must.</summary>
    public static ConformanceProperty Outcome { get; } = new(
        "outcome", "It completes, fails or pauses as the bytes demand, with the right RAM and run state.", Facts.BlackBox, JudgeOutcome);

    /// <summary>It says how it ended.</summary>
    public static ConformanceProperty Reports { get; } = new(
        "reports", "SHUT, the events and error-desc say how it ended, in an order that exists.", Facts.BlackBox, JudgeReports);

    /// <summary>It does as in virtual time.</summary>
    public static ConformanceProperty Virtual { get; } = new(
        "virtual", "The daemon ends as its destination does in virtual time, with the same RAM.", Facts.WhiteBox, JudgeVirtual);

    /// <summary>What it shows is right. <see cref="FigureRules"/> judges each figure; those of a migration that does not end as it must say
    /// nothing.</summary>
    public static ConformanceProperty Figures { get; } = new(
        "figures", "Each figure that query-migrate shows is right, at every moment.", Facts.BlackBox, JudgeOutcome);

    private static string? JudgeLiveness(ConformanceRun run) => run switch
    {
        { End.Kind: EndKind.Crashed } => $"it dies: {FirstLine(run.End.Detail)}",
        { Silences.Count: > 0 } => $"QMP is silent {run.Silences[0]}",
        { End.Kind: EndKind.Hung } => "it hangs: QMP is silent, for ever",
        _ => null,
    };

    private static string? JudgeOutcome(ConformanceRun run)
    {
        Hearing hearing = run.Hearing;
        string refusal = run.Refusals.Count > 0 ? $"; {run.Refusals[0]}" : "";
        if (run.StatusBehindStrangers is not (null or "setup"))
            return $"it is '{run.StatusBehindStrangers}' behind strangers, before its source comes";
        if (!hearing.Allows(run.End.Kind))
            return $"it {Verb(run.End)}, and must {Must(run)}{refusal}";
        if (refusal.Length > 0)
            return run.Refusals[0];
        if (run.End.Kind == EndKind.Waiting && run.Oracle.Outcome == OracleOutcome.Paused != run.End.IsPaused)
            return $"it waits in '{run.End.Detail}', and must {Must(run)}";
        if (run.End.HasRam && !run.Oracle.OutcomeDependsOnTiming && hearing.PagesUnlikeOracle(run.End) is { Count: > 0 } pages)
            return $"{pages.Count} pages of RAM are wrong, the first is page {pages[0]}";
        bool isCertain = !run.Oracle.OutcomeDependsOnTiming;
        return isCertain && run.End.RunState != run.Oracle.FinalRunState && !(run.ExitsOnError && run.End.Kind == EndKind.Failed)
            ? $"the guest is '{run.End.RunState}', and must be '{run.Oracle.FinalRunState}'" : null;
    }

    private static string? JudgeReports(ConformanceRun run)
    {
        bool isOver = run.End.Kind is EndKind.Completed or EndKind.Failed;
        bool hasReturnPath = run.Oracle.ReturnPath.Any(message => message.Type == (ushort)ReturnPathMessageType.Shut);
        bool isCompleted = run.End.Kind == EndKind.Completed;
        if (isOver && hasReturnPath && !(run.ExitsOnError && !isCompleted) && run.End.Shut is var shut && shut != (isCompleted ? 0u : 1u))
            return $"it has {(isCompleted ? "completed" : "failed")}, and tells its source {(shut is null ? "nothing" : $"SHUT({shut})")}";
        if (run.End.Kind == EndKind.Failed && run.End.Detail.Length == 0)
            return "it fails and does not say why";
        return JudgeEvents(run);
    }

    private static string? JudgeEvents(ConformanceRun run)
    {
        string[] statuses = [.. run.Events.Where(Successors.ContainsKey)];
        string before = run.MissesBeginning ? "setup" : "";
        foreach (string status in statuses)
        {
            if (!Successors[before].Contains(status))
                return $"the event '{status}' follows {(before.Length == 0 ? "none" : $"'{before}'")}";
            before = status;
        }

        string? last = run.End.Kind switch
        {
            EndKind.Completed => "completed",
            EndKind.Failed => "failed",
            _ => null,
        };
        return last is not null && before != last && !(run.ExitsOnError && last == "failed")
            ? $"it has {last}, and the last event is '{before}'" : null;
    }

    private static string? JudgeVirtual(ConformanceRun run)
    {
        if (run.Oracle.OutcomeDependsOnTiming)
            return null;
        TrialEnd simulated = run.Virtual;
        if (run.End.Kind != simulated.Kind || run.End.RunState != simulated.RunState || run.End.Shut != simulated.Shut)
            return $"{run.End}, {run.End.RunState}, SHUT({run.End.Shut}); in virtual time {simulated}, {simulated.RunState}, SHUT({simulated.Shut})";
        return run.End.HasRam && !run.End.Ram.Span.SequenceEqual(simulated.Ram.Span) ? "RAM is not that of virtual time" : null;
    }

    private static string Must(ConformanceRun run) => run.Oracle.Outcome switch
    {
        OracleOutcome.Accepted => "complete",
        OracleOutcome.Paused => "pause",
        OracleOutcome.Failed => $"fail for {run.Oracle.Fault!.Kind}",
        _ => "wait",
    };

    private static string Verb(TrialEnd end) => end.Kind switch
    {
        EndKind.Completed => "completes",
        EndKind.Failed => $"fails ({FirstLine(end.Detail)})",
        EndKind.Waiting => $"waits in '{end.Detail}'",
        _ => $"{end}",
    };

    private static string FirstLine(string text) => text.Split('\n')[0];
}
