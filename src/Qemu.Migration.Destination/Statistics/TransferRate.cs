namespace Qemu.Migration.Destination.Statistics;

/// <summary>Bytes and pages per second over the last 1 to 1.2 seconds.</summary>
/// <remarks>A sample is kept every tenth of a second while something comes, and the last one before each pause.</remarks>
internal sealed class TransferRate
{
    private const long WindowNanoseconds = 1_000_000_000;
    private const long SpacingNanoseconds = WindowNanoseconds / 10;
    private readonly object _lock = new();

    // Two for each tenth of a second of the window, and some that are older.
    private readonly Sample[] _samples = new Sample[24];
    private Sample _latest;
    private int _count;

    /// <summary>Notes how far the migration is. Of two tasks that note at the same time the one that saw more counts.</summary>
    public void Note(long timeNanoseconds, long bytes, long pages)
    {
        lock (_lock)
        {
            if (bytes < _latest.Bytes)
                return;
            if (_count > 0 && timeNanoseconds - _latest.Time >= SpacingNanoseconds)
                Keep(_latest with { IsBeforePause = true });
            _latest = new(timeNanoseconds, bytes, pages);
            if (_count == 0 || timeNanoseconds - At(_count - 1).Time >= SpacingNanoseconds)
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
            Sample begin = _latest with { IsBeforePause = true };
            for (int i = _count - 1; timeNanoseconds - begin.Time < WindowNanoseconds && i >= Math.Max(0, _count - _samples.Length); i--)
                begin = At(i);
            // During a pause the counters do not change.
            long elapsed = timeNanoseconds - begin.Time;
            return Over(begin.IsBeforePause ? Math.Min(elapsed, WindowNanoseconds) : elapsed, bytes - begin.Bytes, pages - begin.Pages);
        }
    }

    /// <summary>The rates over a stretch of time; 0 where no time has passed.</summary>
    public static (double Mbps, double PagesPerSecond) Over(long nanoseconds, long bytes, long pages) =>
        nanoseconds <= 0 ? default : (bytes * 8e3 / nanoseconds, pages * 1e9 / nanoseconds);

    private Sample At(int index) => _samples[index % _samples.Length];

    private void Keep(Sample sample) => _samples[_count++ % _samples.Length] = sample;

    private readonly record struct Sample(long Time, long Bytes, long Pages)
    {
        /// <summary>Whether nothing came between this sample and the next one.</summary>
        public bool IsBeforePause { get; init; }
    }
}
