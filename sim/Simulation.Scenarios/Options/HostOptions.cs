namespace Simulation.Scenarios.Options;

/// <summary>How a channel hands its bytes to the destination.</summary>
public enum ChannelKind
{
    /// <summary>Copied into the destination's buffer: a pipe, or a file that is read at an offset.</summary>
    Copied,

    /// <summary>Also read straight into guest memory where the places are known: a plain socket.</summary>
    InPlace,

    /// <summary>Copied, at most to the end of a record of 16 KiB, and an end without a goodbye is a failure: TLS.</summary>
    Records,

    /// <summary>Lent, window by window: a file that lies in memory.</summary>
    Lent,
}

/// <summary>How guest memory takes pages.</summary>
public enum MemoryKind
{
    /// <summary>Pages are stored at their addresses: anonymous memory.</summary>
    Private,

    /// <summary>Runs of pages are handed to the region, which writes them through a file.</summary>
    WrittenThrough,
}

/// <summary>What the destination's host is: its clock, and the kinds of channel and of memory that it has. The kinds are those of the
/// daemon, so that every path that it takes there is taken here.</summary>
public sealed record HostOptions
{
    /// <summary>The longest record of a <see cref="ChannelKind.Records"/> channel, in bytes.</summary>
    public const int RecordBytes = 16 * 1024;

    /// <summary>The longest <see cref="UptimeNanoseconds"/>: ten years.</summary>
    public const long LongestUptimeNanoseconds = 3650L * 24 * 3600 * 1_000_000_000;

    /// <summary>The fastest clock, in GHz.</summary>
    public const int MostTicksPerNanosecond = 4;

    /// <summary>How all channels hand their bytes out.</summary>
    public ChannelKind Channel { get; init; }

    /// <summary>How all RAM blocks take pages.</summary>
    public MemoryKind Memory { get; init; }

    /// <summary>Bytes after which a block that is written through refuses, as a file of huge pages does, and pages are stored at their
    /// addresses; 0 for never.</summary>
    public long RefusesAfterBytes { get; init; }

    /// <summary>How many threads the host has for the readers of a block in a mapped-ram file, beside main's; the next one is refused.
    /// Absent for as many as are asked for.</summary>
    public int? Readers { get; init; }

    /// <summary>How long the host has been up when the scenario starts, in nanoseconds. Its monotonic clock starts there.</summary>
    public long UptimeNanoseconds { get; init; }

    /// <summary>The frequency of the host's monotonic clock, 1 to 4 GHz.</summary>
    public int ClockTicksPerNanosecond { get; init; } = 1;

    /// <summary>Every combination, the default first.</summary>
    /// <param name="isFile">Whether the stream is a file.</param>
    /// <returns>What a host can be.</returns>
    public static IReadOnlyList<HostOptions> All(bool isFile)
    {
        ChannelKind[] channels = isFile
            ? [ChannelKind.Copied, ChannelKind.Lent] : [ChannelKind.Copied, ChannelKind.InPlace, ChannelKind.Records];
        return
        [
            .. channels.SelectMany(channel => (HostOptions[])
            [
                new() { Channel = channel },
                new() { Channel = channel, Memory = MemoryKind.WrittenThrough },
                new() { Channel = channel, Memory = MemoryKind.WrittenThrough, RefusesAfterBytes = RecordBytes },
            ]),
        ];
    }
}
