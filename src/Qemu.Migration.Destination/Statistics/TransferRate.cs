namespace Qemu.Migration.Destination.Statistics;

/// <summary>Bytes and pages per second over the last second, from samples at least a tenth of a second apart.</summary>
internal sealed class TransferRate
{
    private const long SpacingNanoseconds = 100_000_000;
    private readonly object _lock = new();
    private readonly (long Time, long Bytes, long Pages)[] _samples = new (long, long, long)[11];
    private int _count;
    private long _dueNanoseconds = long.MinValue;

    /// <summary>Whether a sample is wanted: the last one is old enough. Costs nothing, so that every packet may ask.</summary>
    public bool IsDue(long timeNanoseconds) => timeNanoseconds >= Volatile.Read(ref _dueNanoseconds);

    /// <summary>Notes how far the migration is. Samples that come too soon are dropped.</summary>
    public void Note(long timeNanoseconds, long bytes, long pages)
    {
        lock (_lock)
        {
            if (!IsDue(timeNanoseconds))
                return;
            _samples[_count++ % _samples.Length] = (timeNanoseconds, bytes, pages);
            Volatile.Write(ref _dueNanoseconds, timeNanoseconds + SpacingNanoseconds);
        }
    }

    /// <summary>The rates between the oldest sample kept and now; 0 while no time has passed.</summary>
    public (double Mbps, double PagesPerSecond) Measure(long timeNanoseconds, long bytes, long pages)
    {
        lock (_lock)
        {
            if (_count == 0)
                return default;
            var oldest = _samples[Math.Max(0, _count - _samples.Length) % _samples.Length];
            return Over(timeNanoseconds - oldest.Time, bytes - oldest.Bytes, pages - oldest.Pages);
        }
    }

    /// <summary>The rates over a stretch of time; 0 where no time has passed.</summary>
    public static (double Mbps, double PagesPerSecond) Over(long nanoseconds, long bytes, long pages) =>
        nanoseconds <= 0 ? default : (bytes * 8e3 / nanoseconds, pages * 1e9 / nanoseconds);
}
