namespace Simulation.Source.Guest;

/// <summary>Which pages a running guest writes.</summary>
public enum DirtyPattern
{
    /// <summary>None: the guest sleeps.</summary>
    Idle,

    /// <summary>One page after the other through all of its memory, again and again.</summary>
    Sweep,

    /// <summary>A few neighbouring pages, again and again in random order.</summary>
    HotSet,

    /// <summary>Nothing for a while, then many pages at once, anywhere.</summary>
    Burst,

    /// <summary>A few pages that turn from zero to content and back.</summary>
    ZeroFlips,
}
