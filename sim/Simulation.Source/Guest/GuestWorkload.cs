namespace Simulation.Source.Guest;

/// <summary>What a running guest does to its memory.</summary>
/// <param name="Pattern">Which pages it writes.</param>
/// <param name="PagesPerSecond">Pages written per second of virtual time, 0 to 10^9.</param>
public sealed record GuestWorkload(DirtyPattern Pattern, long PagesPerSecond)
{
    /// <summary>A guest that sleeps.</summary>
    public static GuestWorkload Idle { get; } = new(DirtyPattern.Idle, 0);

    /// <summary>Pages of the hot set, or of the set that flips; clipped to the guest's memory.</summary>
    public int WorkingSetPages { get; init; } = 64;

    /// <summary>Nanoseconds from one burst to the next.</summary>
    public long BurstPeriodNanoseconds { get; init; } = 100_000_000;

    /// <summary>Most bytes that a write changes in its page, 1 to 4096: few make good deltas, many overflow them.</summary>
    public int BytesPerWrite { get; init; } = 64;

    /// <summary>Nanoseconds after which the guest sleeps. A guest that writes faster than its source sends is migrated only then.</summary>
    public long EndNanoseconds { get; init; } = long.MaxValue;

    /// <summary>How many writes are due in the first <paramref name="nanoseconds"/> of a guest's life.</summary>
    /// <param name="nanoseconds">Time since its start, not negative.</param>
    /// <returns>Pages, never fewer than for an earlier time.</returns>
    public long WritesUntil(long nanoseconds)
    {
        if (Pattern == DirtyPattern.Idle)
            return 0;
        nanoseconds = Math.Min(nanoseconds, EndNanoseconds);
        if (Pattern == DirtyPattern.Burst)
            nanoseconds -= nanoseconds % BurstPeriodNanoseconds;
        return (long)((Int128)nanoseconds * PagesPerSecond / 1_000_000_000);
    }
}
