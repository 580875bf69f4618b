namespace Simulation.Source.Postcopy;

/// <summary>When postcopy starts: as soon as one of these is reached. The source looks before each PART.</summary>
/// <param name="Nanoseconds">Time since the migration has begun; null for never.</param>
/// <param name="Rounds">dirty-sync-count; null for never.</param>
/// <param name="Bytes">Bytes sent; null for never.</param>
public readonly record struct PostcopyStart(long? Nanoseconds = null, long? Rounds = null, long? Bytes = null)
{
    /// <summary>Whether it is time.</summary>
    /// <param name="nanoseconds">Time since the migration has begun.</param>
    /// <param name="rounds">dirty-sync-count.</param>
    /// <param name="bytes">Bytes sent.</param>
    /// <returns>True when one of them is reached.</returns>
    public bool IsReached(long nanoseconds, long rounds, long bytes) =>
        nanoseconds >= Nanoseconds || rounds >= Rounds || bytes >= Bytes;
}
