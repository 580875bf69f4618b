namespace Simulation.Schedules.Running;

/// <summary>How one schedule went.</summary>
/// <param name="TraceHash">The hash of everything that happened; 0 where the host has none.</param>
/// <param name="Decisions">How many decisions it took.</param>
/// <param name="Violation">The property that was violated, or null.</param>
public readonly record struct ScheduleResult(ulong TraceHash, int Decisions, ScheduleViolation? Violation);
