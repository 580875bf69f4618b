namespace Simulation.Schedules.Findings;

/// <summary>Runs schedules of one model in one host, until one violates a property.</summary>
/// <param name="seed">Where to begin.</param>
/// <param name="schedules">How many at most.</param>
/// <param name="replay">The decisions or the trace to do again, or null.</param>
/// <returns>How far it came.</returns>
public delegate ScheduleSearchResult ScheduleSearch(ulong seed, int schedules, string? replay = null);

/// <summary>How far a search came.</summary>
/// <param name="Schedules">How many schedules it ran.</param>
/// <param name="Property">The property that the last one violated, or null.</param>
/// <param name="Message">What was wrong, one sentence, or null.</param>
/// <param name="Replay">What does the last one again: decisions, or Coyote's trace; null where nothing was found.</param>
/// <param name="TraceHash">The hash of everything that happened in the last one; 0 under Coyote.</param>
public sealed record ScheduleSearchResult(int Schedules, string? Property, string? Message, string? Replay, ulong TraceHash);

/// <summary>How far a run of all schedules came.</summary>
/// <param name="Schedules">How many schedules it ran.</param>
/// <param name="IsComplete">Whether these are all.</param>
/// <param name="Property">The property that the last one violated, or null.</param>
/// <param name="Message">What was wrong, one sentence, or null.</param>
/// <param name="Replay">The decisions that do the last one again; null where nothing was found.</param>
/// <param name="TraceHash">The hash of everything that happened in the last one.</param>
public sealed record ExhaustiveResult(
    long Schedules, bool IsComplete, string? Property, string? Message, string? Replay, ulong TraceHash);
