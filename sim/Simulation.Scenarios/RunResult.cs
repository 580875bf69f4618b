using Qemu.Migration.Destination;
using Simulation.Engine.Choices;
using Simulation.Engine.Probes;
using Simulation.Engine.Tracing;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios;

/// <summary>What a run showed.</summary>
public enum Verdict
{
    /// <summary>Every property held.</summary>
    Passed,

    /// <summary>A property was violated.</summary>
    Violated,

    /// <summary>The harness itself failed; the run says nothing about the destination.</summary>
    HarnessFailed,
}

/// <summary>The result of one run, whole in itself.</summary>
public sealed record RunResult
{
    /// <summary>The seed it ran from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What it showed.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The property that was violated; null unless one was.</summary>
    public string? Check { get; init; }

    /// <summary>What was seen, one sentence; null when the run passed.</summary>
    public string? Message { get; init; }

    /// <summary>The incoming migration's status at the end.</summary>
    public MigrationStatus FinalStatus { get; init; }

    /// <summary>Virtual time at the end, in nanoseconds.</summary>
    public long VirtualNanoseconds { get; init; }

    /// <summary>Steps of all logical tasks.</summary>
    public long Steps { get; init; }

    /// <summary>Events in the trace, kept or not.</summary>
    public long Events { get; init; }

    /// <summary>Decisions recorded.</summary>
    public int Decisions { get; init; }

    /// <summary>The hash of everything that happened: equal for equal runs.</summary>
    public ulong TraceHash { get; init; }

    /// <summary>Hashes of what it left behind; null unless they were asked for, or where the harness failed.</summary>
    public RunContent? Content { get; init; }

    /// <summary>The decisions.</summary>
    public required ChoiceLog Choices { get; init; }

    /// <summary>The first decision of <see cref="RunRequest.Schedule"/> that did not fit; null when all did.</summary>
    public Divergence? FirstDivergence { get; init; }

    /// <summary>Which situations occurred.</summary>
    public required ProbeCounts Probes { get; init; }

    /// <summary>The checks that had something to judge, a bit for each in the order of the runner's checks. Checks after one that was
    /// violated are not asked.</summary>
    public ulong AppliedChecks { get; init; }

    /// <summary>The events, when they were to be kept; else empty.</summary>
    public IReadOnlyList<TraceEvent> Trace { get; init; } = [];

    /// <summary>Names of the logical tasks by <see cref="TraceEvent.TaskId"/>, when events were kept; else empty.</summary>
    public IReadOnlyList<string> TaskNames { get; init; } = [];

    /// <summary>Bytes that reached the destination on all connections.</summary>
    public long StreamBytes { get; init; }
}
