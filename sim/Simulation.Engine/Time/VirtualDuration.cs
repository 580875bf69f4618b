namespace Simulation.Engine.Time;

/// <summary>Durations in nanoseconds, the engine's one unit of time.</summary>
public static class VirtualDuration
{
    /// <summary>Nanoseconds in a microsecond.</summary>
    public const long Microsecond = 1_000;

    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>How long a number of bytes takes at a rate, rounded up to the next nanosecond.</summary>
    /// <param name="bytes">Not negative.</param>
    /// <param name="bytesPerSecond">At least 1.</param>
    /// <returns>Nanoseconds.</returns>
    public static long OfTransfer(long bytes, long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        UInt128 scaled = ((UInt128)(ulong)bytes * Second) + (ulong)(bytesPerSecond - 1);
        return (long)(scaled / (ulong)bytesPerSecond);
    }

    /// <summary>A time span in nanoseconds.</summary>
    /// <param name="span">At most 292 years.</param>
    /// <returns>Nanoseconds.</returns>
    public static long Of(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;
}
