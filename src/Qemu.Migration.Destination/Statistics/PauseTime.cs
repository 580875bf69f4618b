namespace Qemu.Migration.Destination.Statistics;

/// <summary>How long postcopy had no source. One task begins and ends pauses; any task may ask.</summary>
internal sealed class PauseTime
{
    private readonly object _lock = new();
    private long _past;
    private long? _since;

    /// <summary>The source is gone. A pause that has begun goes on.</summary>
    /// <param name="nowNanoseconds">The time.</param>
    public void Begin(long nowNanoseconds)
    {
        lock (_lock)
            _since ??= nowNanoseconds;
    }

    /// <summary>The source goes on.</summary>
    /// <param name="nowNanoseconds">The time.</param>
    public void End(long nowNanoseconds)
    {
        lock (_lock)
        {
            _past += nowNanoseconds - (_since ?? nowNanoseconds);
            _since = null;
        }
    }

    /// <summary>The sum of all pauses, with the one that goes on.</summary>
    /// <param name="nowNanoseconds">The time.</param>
    /// <returns>Nanoseconds.</returns>
    public long Sum(long nowNanoseconds)
    {
        lock (_lock)
            return _past + (nowNanoseconds - (_since ?? nowNanoseconds));
    }
}
