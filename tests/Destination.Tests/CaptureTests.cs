using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using TestKit;

namespace Destination.Tests;

/// <summary>Streams of a real QEMU load with the recorded RAM and the source's own figures.</summary>
public sealed class CaptureTests
{
    public static TheoryData<string, Delivery> Captures
    {
        get
        {
            TheoryData<string, Delivery> data = [];
            foreach (string name in Capture.SingleChannelPrecopy)
            {
                data.Add(name, Delivery.Lent);
                data.Add(name, Delivery.Whole);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Recorded_stream_loads_with_the_recorded_ram_and_counters(string name, Delivery delivery)
    {
        Capture capture = Capture.Open(name);
        byte[] stream = capture.MainStream();
        using TestKit.Destination destination = new(capture.Machine(stream), capture.Capabilities());
        if (capture.Capabilities().IgnoreShared)
            await ShareRamAsync(destination, "none-return-path");

        await destination.LoadAsync(stream, delivery);

        Assert.Null(destination.Migration.State.Error?.Message);
        Assert.Equal(MigrationStatus.Completed, destination.Status);
        JsonElement ram = capture.SourceRam;
        var figures = destination.Statistics;
        Assert.Equal(ram.GetProperty("normal").GetInt64(), figures.NormalPages);
        Assert.Equal(ram.GetProperty("duplicate").GetInt64(), figures.ZeroPages);
        Assert.Equal(PackageCountedTwice(capture, stream), figures.TransferredBytes);
        // A background snapshot has no switchover: its source draws the line elsewhere.
        if (name != "pc-bgsnapshot")
        {
            Assert.Equal(ram.GetProperty("precopy-bytes").GetInt64(), figures.PrecopyBytes);
            Assert.Equal(ram.GetProperty("downtime-bytes").GetInt64(), figures.DowntimeBytes);
        }
        foreach (JsonProperty block in capture.Meta.GetProperty("blocks").EnumerateObject())
        {
            // A background snapshot's guest ran on: there is no truth for its RAM at the moment of the snapshot.
            if (name != "pc-bgsnapshot" || block.Name != "pc.ram")
                Assert.Equal(block.Value.GetProperty("sha256").GetString(), destination.Sha256(block.Name));
        }
    }

    public static TheoryData<string> Parallel => [.. Capture.MultifdAndMappedRam];

    [Theory]
    [MemberData(nameof(Parallel))]
    public async Task Recorded_multifd_or_mapped_ram_loads_with_the_recorded_ram_and_counters(string name)
    {
        Capture capture = Capture.Open(name);
        bool mapped = name.Contains("mapped", StringComparison.Ordinal);
        byte[][] connections = mapped ? [capture.MainStream()] : capture.Connections();
        byte[] main = connections.Single(c => c.AsSpan().StartsWith("QEVM"u8));
        using TestKit.Destination destination = new(
            capture.Machine(main), capture.Capabilities(), poison: 0xaa, parameters: capture.Parameters());

        await destination.LoadAsync(
            [.. connections.Select(c => new ArrayChannel(c, mapped ? Delivery.Lent : Delivery.Whole) { Listening = !mapped })]);

        Assert.Null(destination.Migration.State.Error?.Message);
        JsonElement ram = capture.SourceRam;
        var figures = destination.Statistics;
        // A dirtying source writes a page of a mapped-ram file more than once; the file has it once.
        if (name != "pc-mapped-dirty")
        {
            Assert.Equal(ram.GetProperty("normal").GetInt64(), figures.NormalPages);
            Assert.Equal(ram.GetProperty("duplicate").GetInt64(), figures.ZeroPages);
            Assert.Equal(ram.GetProperty("transferred").GetInt64(), figures.TransferredBytes);
            Assert.Equal(ram.GetProperty("multifd-bytes").GetInt64(), figures.MultifdBytes);
            if (!mapped)
                Assert.Equal(ram.GetProperty("precopy-bytes").GetInt64(), figures.PrecopyBytes);
        }
        foreach (JsonProperty block in capture.Meta.GetProperty("blocks").EnumerateObject())
            Assert.Equal(block.Value.GetProperty("sha256").GetString(), destination.Sha256(block.Name));
    }

    // The recorded block has 1026 pages, its bitmap 1088 bits (found by running QEMU).
    [Fact]
    public async Task Bits_of_a_bitmap_beyond_the_block_mean_nothing()
    {
        Capture capture = Capture.Open("none-mapped-odd");
        byte[] stream = capture.MainStream();
        const int bitmapOffset = 0x80;
        stream[bitmapOffset + 128] |= 0x80;
        stream.AsSpan(bitmapOffset + 129, 7).Fill(0xff);
        using TestKit.Destination destination = new(capture.Machine(stream), capture.Capabilities(), poison: 0xaa);

        await destination.LoadAsync(stream);

        Assert.Equal((MigrationStatus.Completed, 1026), (destination.Status, destination.Statistics.NormalPages));
        Assert.Equal(
            capture.Sha256(), destination.Sha256("m0"));
    }

    // Every capture's transferred is the stream's length, but for a background snapshot, whose source counts the device state
    // twice (L18).
    private static long PackageCountedTwice(Capture capture, byte[] stream)
    {
        long transferred = capture.SourceRam.GetProperty("transferred").GetInt64();
        if (capture.Name == "pc-bgsnapshot")
        {
            Assert.True(transferred > stream.Length);
            return stream.Length;
        }
        Assert.Equal(stream.Length, transferred);
        return transferred;
    }

    // Under x-ignore-shared the RAM is not in the stream: the destination maps what the source wrote.
    private static async Task ShareRamAsync(TestKit.Destination destination, string sameRam)
    {
        Capture other = Capture.Open(sameRam);
        byte[] stream = other.MainStream();
        using TestKit.Destination source = new(other.Machine(stream), other.Capabilities());
        await source.LoadAsync(stream);
        destination.Share("m0", source.Ram("m0"));
    }
}
