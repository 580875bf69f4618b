namespace Simulation.Source.Precopy;

/// <summary>
/// The source's pace: in each window of 100 ms it may send a tenth of <c>max-bandwidth</c>, and from what it sent in the last
/// whole window it estimates how many bytes fit into <c>downtime-limit</c>.
/// </summary>
internal sealed class BandwidthWindow
{
    /// <summary>BUFFER_DELAY: the window's length in nanoseconds.</summary>
    private const long WindowNanoseconds = 100_000_000;

    private readonly SourceOptions _options;
    private long _start;
    private long _transferredAtStart;

    public BandwidthWindow(SourceOptions options)
    {
        _options = options;
        BytesPerSecond = options.MaxBandwidth;
    }

    /// <summary>Bytes that may be sent in a second; 0 for no limit.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>When the window ends.</summary>
    public long EndNanoseconds => _start + WindowNanoseconds;

    /// <summary>Bytes that would be sent within downtime-limit; 0 until the first window has passed.</summary>
    public long ThresholdBytes { get; private set; }

    /// <summary>Opens the first window.</summary>
    public void Start(long now, long transferred)
    {
        _start = now;
        _transferredAtStart = transferred;
    }

    /// <summary>Whether the window's bytes are used up.</summary>
    public bool IsExceeded(long transferred) =>
        BytesPerSecond != 0 && transferred - _transferredAtStart > BytesPerSecond / 10;

    /// <summary>Closes the window if its time is over, and opens the next.</summary>
    public void Update(long now, long transferred)
    {
        long elapsed = now - _start;
        if (elapsed < WindowNanoseconds)
            return;
        Int128 bytes = (Int128)(transferred - _transferredAtStart) * _options.DowntimeLimit * 1_000_000 / elapsed;
        ThresholdBytes = (long)Int128.Min(bytes, long.MaxValue);
        Start(now, transferred);
    }
}
