namespace Simulation.Engine.Time;

/// <summary>The clock of a run: it stands still while tasks run and jumps to the next event when none can.</summary>
public sealed class VirtualClock
{
    /// <summary>Nanoseconds since the start of the run.</summary>
    public long NowNanoseconds { get; private set; }

    internal void AdvanceTo(long nanoseconds)
    {
        if (nanoseconds < NowNanoseconds)
            throw new HarnessException($"the clock would go back from {NowNanoseconds} to {nanoseconds} ns");
        NowNanoseconds = nanoseconds;
    }

    internal void Reset() => NowNanoseconds = 0;
}
