namespace Simulation.Schedules.Running;

/// <summary>A property that a run violated.</summary>
/// <param name="Property">Its name.</param>
/// <param name="Message">What was wrong, one sentence.</param>
public sealed record ScheduleViolation(string Property, string Message);
