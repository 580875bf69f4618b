namespace Simulation.Engine.Tracing;

/// <summary>One thing that happened.</summary>
/// <param name="Kind">What sort of thing.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="TaskId">The logical task that did it; 0 for the loop itself.</param>
/// <param name="A">First argument, as the kind says.</param>
/// <param name="B">Second argument.</param>
/// <param name="C">Third argument.</param>
/// <param name="Text">A name or a reason, or null.</param>
public readonly record struct TraceEvent(
    TraceKind Kind, long TimeNanoseconds, int TaskId, long A, long B, long C, string? Text);
