using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Simulation.Source.Hosting;
using Simulation.Source.Guest;
using Simulation.Source.MappedRam;
using Simulation.Source.Multifd;
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
        return destination.Ram(capture.Block());
    }

    public static TheoryData<string> Multifd =>
    [
        "none-multifd1", "none-multifd2", "none-multifd4", "none-multifd2-zero", "none-multifd16-zero",
        "none-multifd2-none-zpd-legacy", "none-multifd2-none-zpd-multifd", "none-multifd2-none-zpd-none",
    ];

    /// <summary>
    /// Which channel takes a packet, and with it the packet's number, is a race of the real source's threads: the packets are
    /// compared as a set, without their numbers.
    /// </summary>
    [Theory]
    [MemberData(nameof(Multifd))]
    public void Same_ram_gives_the_packets_of_the_real_source(string name)
    {
        Capture capture = Capture.Open(name);
        RecordedSource recorded = RecordedSource.Of(capture, KnownRam(capture));
        using MigrationSource source = new(recorded.Guest, recorded.Machine, recorded.Options);
        StreamRecorder recorder = new();
        SourceStatistics statistics = recorder.Record(source);
        AssertSame(capture.MainStream(), recorder.Main.Span);
        int channels = recorded.Options.MultifdChannels;
        Assert.Equal(
            Packets(Enumerable.Range(0, channels).Select(i => capture.Read($"ch{i + 1}.fwd"))),
            Packets(Enumerable.Range(0, channels).Select(i => recorder.Channel(i).ToArray())));
        AssertSameFigures(capture, statistics);
    }

    public static TheoryData<string> Mapped =>
    [
        "none-mapped-1m", "none-mapped-mix", "none-mapped-multifd2", "none-mapped-odd", "none-mapped-zpd-legacy",
        "none-mapped-zpd-multifd", "none-mapped-zpd-none",
    ];

    [Theory]
    [MemberData(nameof(Mapped))]
    public void Same_ram_gives_the_file_of_the_real_source(string name)
    {
        Capture capture = Capture.Open(name);
        byte[] expected = capture.Read("stream.bin");
        int length = capture.Meta.GetProperty("mem").GetInt32();
        RecordedSource recorded = RecordedSource.Of(capture, expected.AsSpan(PagesOffset, length));
        FileImage file = new();
        using MigrationSource source = new(recorded.Guest, recorded.Machine, recorded.Options, file);
        SourceStatistics statistics = new StreamRecorder().Record(source);
        AssertSame(expected, file.Content.Span);
        AssertSameFigures(capture, statistics);
    }

    private const int PagesOffset = 1 << 20;

    // The multifd captures have the memory of other captures, or none that is not zero.
    private static byte[] KnownRam(Capture capture)
    {
        int length = capture.Meta.GetProperty("mem").GetInt32();
        string sha = capture.Sha256(capture.Block());
        byte[] mix = Capture.Open("none-mix").Read("ram-m0.bin");
        byte[] other = Capture.Open("none-mapped-zpd-none").Read("stream.bin").AsSpan(PagesOffset, 2 << 20).ToArray();
        byte[][] candidates = [mix, other, new byte[length]];
        return candidates.First(ram => Convert.ToHexStringLower(SHA256.HashData(ram)) == sha);
    }

    // First packets, then a hash of each packet without its number, sorted.
    private static string[] Packets(IEnumerable<byte[]> channels)
    {
        List<string> packets = [];
        foreach (byte[] channel in channels)
        {
            packets.Add("first " + Convert.ToHexString(channel.AsSpan(0, MultifdFlags.InitialPacketBytes)));
            int offset = MultifdFlags.InitialPacketBytes;
            while (offset < channel.Length)
            {
                channel.AsSpan(offset + 24, 8).Clear();
                int payload = BinaryPrimitives.ReadInt32BigEndian(channel.AsSpan(offset + 20));
                int count = MultifdFlags.PacketHeaderBytes(GuestRam.UsualPageBytes) + payload;
                packets.Add(Convert.ToHexString(channel.AsSpan(offset, 36))
                    + Convert.ToHexString(SHA256.HashData(channel.AsSpan(offset, count))));
                offset += count;
            }
        }
        packets.Sort(StringComparer.Ordinal);
        return [.. packets];
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
