namespace Qemu.Migration.Destination.Statistics;

/// <summary>Bytes and pages per second over the last 1 to 1.1 seconds.</summary>
/// <remarks>A sample is kept every tenth of a second while something comes, and the last one before each pause: between two samples
/// either a tenth of a second passed or nothing came.</remarks>
internal sealed class TransferRate
{
    private const long WindowNanoseconds = 1_000_000_000;
    private const long SpacingNanoseconds = WindowNanoseconds / 10;
    private readonly object _lock = new();

    // Two for each tenth of a second of the window, one that is older, and one that is being made.
    private readonly (long Time, long Bytes, long Pages)[] _samples = new (long, long, long)[24];
    private (long Time, long Bytes, long Pages) _latest;
    private int _count;

    /// <summary>Notes how far the migration is. Of two tasks that note at the same time the one that saw more counts.</summary>
    public void Note(long timeNanoseconds, long bytes, long pages)
    {
        lock (_lock)
        {
            if (bytes < _latest.Bytes)
                return;
            bool isPaused = _count > 0 && timeNanoseconds - _latest.Time >= SpacingNanoseconds;
            if (isPaused && _latest != Sample(_count - 1))
                Keep(_latest);
            _latest = (timeNanoseconds, bytes, pages);
            if (_count == 0 || timeNanoseconds - Sample(_count - 1).Time >= SpacingNanoseconds)
                Keep(_latest);
        }
    }

    /// <summary>The rates since the last sample that is a second old, or since the first one; 0 while no time has passed.</summary>
    public (double Mbps, double PagesPerSecond) Measure(long timeNanoseconds, long bytes, long pages)
    {
        lock (_lock)
        {
            if (_count == 0)
                return default;
            var begin = _latest;
            for (int i = _count - 1; timeNanoseconds - begin.Time < WindowNanoseconds && i >= Math.Max(0, _count - _samples.Length); i--)
                begin = Sample(i);
            long elapsed = Math.Min(timeNanoseconds - begin.Time, WindowNanoseconds + SpacingNanoseconds);
            return Over(elapsed, bytes - begin.Bytes, pages - begin.Pages);
        }
    }

    /// <summary>The rates over a stretch of time; 0 where no time has passed.</summary>
    public static (double Mbps, double PagesPerSecond) Over(long nanoseconds, long bytes, long pages) =>
        nanoseconds <= 0 ? default : (bytes * 8e3 / nanoseconds, pages * 1e9 / nanoseconds);

    private (long Time, long Bytes, long Pages) Sample(int index) => _samples[index % _samples.Length];

    private void Keep((long Time, long Bytes, long Pages) sample) => _samples[_count++ % _samples.Length] = sample;
}
