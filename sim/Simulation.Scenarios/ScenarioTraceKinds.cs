using Simulation.Engine.Tracing;

namespace Simulation.Scenarios;

/// <summary>What happens in a migration, as events of the trace.</summary>
public static class ScenarioTraceKinds
{
    /// <summary>The incoming state changed.</summary>
    public static TraceKind Status { get; } = new(100, "status", "from,to");

    /// <summary>The guest's run state changed.</summary>
    public static TraceKind RunState { get; } = new(101, "run state", "from,to");

    /// <summary>A section's header was read.</summary>
    public static TraceKind Section { get; } = new(102, "section", "type,id,offset");

    /// <summary>A command was accepted.</summary>
    public static TraceKind Command { get; } = new(103, "command", "command,offset");

    /// <summary>The destination answered the source.</summary>
    public static TraceKind ReturnPath { get; } = new(104, "return path", "type,value");

    /// <summary>A connection was refused.</summary>
    public static TraceKind Refused { get; } = new(105, "refused");

    /// <summary>The destination found something odd.</summary>
    public static TraceKind Warning { get; } = new(106, "warning");

    /// <summary>The monitor sent a command.</summary>
    public static TraceKind Asked { get; } = new(110, "monitor asks", "command");

    /// <summary>The monitor got a reply to <c>query-migrate</c>; the text is the status.</summary>
    public static TraceKind Answered { get; } = new(111, "query-migrate says", "transferred,normal,zero");

    /// <summary>The monitor heard an event.</summary>
    public static TraceKind Heard { get; } = new(112, "monitor hears");

    /// <summary>A virtual CPU touches a page at the destination; the text is the block.</summary>
    public static TraceKind Touched { get; } = new(113, "touch", "page,write");

    /// <summary>The source's state changed.</summary>
    public static TraceKind SourceStatus { get; } = new(122, "source status");

    /// <summary>The source ended; the text is its status.</summary>
    public static TraceKind SourceEnded { get; } = new(120, "source ended", "normal,zero,syncs");

    /// <summary>Faults stop and the guest falls asleep.</summary>
    public static TraceKind FaultsEnded { get; } = new(121, "faults end");
}
