namespace Simulation.Engine.Loop;

/// <summary>Something that will happen at a virtual time. One object is one pending happening at most, and may be used again.</summary>
public abstract class TimedEvent
{
    /// <summary>Whether it is going to happen.</summary>
    public bool IsScheduled => HeapIndex >= 0;

    internal int HeapIndex { get; set; } = -1;

    /// <summary>Happens: the clock stands at the time it was scheduled for and no logical task is running. Wakes tasks or changes
    /// simulated things; never runs the code under test.</summary>
    protected internal abstract void Fire();
}
