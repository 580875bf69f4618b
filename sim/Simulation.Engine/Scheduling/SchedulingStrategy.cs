using Simulation.Engine.Loop;

namespace Simulation.Engine.Scheduling;

/// <summary>
/// Who goes next. Asked only when more than one task is ready; its answer is a proposal, recorded and, in a replay, overruled by the
/// recorded one. A strategy belongs to one loop and decides by its seed and its own earlier answers alone.
/// </summary>
public abstract class SchedulingStrategy
{
    /// <summary>The name on the command line and in tokens.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a run from the seed of the last <see cref="Reset"/> depends on <see cref="LengthInDecisions"/>.</summary>
    public virtual bool DependsOnLength => false;

    /// <summary>How many decisions such a run takes, as measured (<see cref="RunReport.Decisions"/>), at least 1. Holds from the next
    /// <see cref="Reset"/> on.</summary>
    public virtual int LengthInDecisions { get; set; } = 1;

    /// <summary>Starts a new run.</summary>
    /// <param name="seed">The seed of the schedule's stream.</param>
    public abstract void Reset(ulong seed);

    /// <summary>Proposes a task.</summary>
    /// <param name="ready">At least two tasks, in the order in which they became ready.</param>
    /// <param name="current">The index of the task that ran last, or -1 when it is not ready.</param>
    /// <returns>An index into <paramref name="ready"/>.</returns>
    public abstract int Propose(ReadOnlySpan<LogicalTask> ready, int current);
}
