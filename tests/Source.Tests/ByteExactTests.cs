using System.Text.Json;
using Simulation.Source.Precopy;
using TestKit;

namespace Source.Tests;

/// <summary>
/// For the same RAM the simulated source writes what a real one wrote, byte for byte. Only the two clocks in <c>timer</c> are
/// taken from the recording. The real sources were not slowed by their bandwidth limit, so no PART is cut.
/// </summary>
public class ByteExactTests
{
    public static TheoryData<string> SingleChannel =>
    [
        "none-edge", "none-fill", "none-ignore-shared", "none-mix", "none-mix-16m", "none-noconfig", "none-noglobalstate",
        "none-noram", "none-nosectionfooter", "none-return-path", "none-suppress-vmdesc", "none-switchover-ack", "none-text",
        "none-uuid", "none-zero-1m", "none-zero-8m", "none-zero-64m",
    ];

    [Theory]
    [MemberData(nameof(SingleChannel))]
    public async Task Same_ram_gives_the_stream_of_the_real_source(string name)
    {
        Capture capture = Capture.Open(name);
        byte[] expected = capture.MainStream();
        RecordedSource recorded = RecordedSource.Of(capture, await Ram(capture));
        using MigrationSource source = new(recorded.Guest, recorded.Machine, recorded.Options);
        StreamRecorder recorder = new();
        SourceStatistics statistics = recorder.Record(source);
        AssertSame(expected, recorder.Main.Span);
        AssertSameFigures(capture, statistics);
    }

    private static async Task<byte[]> Ram(Capture capture)
    {
        if (capture.Has("x-ignore-shared") || capture.Meta.GetProperty("mem").GetInt64() == 0)
            return [];
        byte[] stream = capture.MainStream();
        using Destination destination = new(capture.Machine(stream), capture.Capabilities());
        await destination.LoadAsync(stream);
        return destination.Ram("m0");
    }

    internal static void AssertSame(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int same = expected.CommonPrefixLength(actual);
        Assert.True(same == expected.Length && same == actual.Length,
            $"first difference at {same} (0x{same:x}); {expected.Length} bytes expected, {actual.Length} written: "
            + $"{Convert.ToHexString(expected.Slice(same, Math.Min(16, expected.Length - same)))} expected, "
            + $"{Convert.ToHexString(actual.Slice(same, Math.Min(16, actual.Length - same)))} written");
    }

    internal static void AssertSameFigures(Capture capture, SourceStatistics statistics)
    {
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        JsonElement ram = capture.SourceRam;
        (string Name, long Value)[] figures =
        [
            ("normal", statistics.Normal), ("duplicate", statistics.Duplicate), ("transferred", statistics.Transferred),
            ("multifd-bytes", statistics.MultifdBytes), ("precopy-bytes", statistics.PrecopyBytes),
            ("downtime-bytes", statistics.DowntimeBytes), ("dirty-sync-count", statistics.DirtySyncCount),
            ("remaining", statistics.Remaining), ("total", statistics.Total),
        ];
        Assert.Equal(figures.Select(figure => (figure.Name, ram.GetProperty(figure.Name).GetInt64())), figures);
    }
}
