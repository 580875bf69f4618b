namespace Simulation.Source.Precopy;

/// <summary>The time a source lives in.</summary>
public interface ISourceClock
{
    /// <summary>Nanoseconds since some fixed moment; never back.</summary>
    public long NowNanoseconds { get; }

    /// <summary>Waits.</summary>
    /// <param name="nanoseconds">How long, not negative.</param>
    /// <returns>Done when the time is over.</returns>
    public ValueTask DelayAsync(long nanoseconds);
}
