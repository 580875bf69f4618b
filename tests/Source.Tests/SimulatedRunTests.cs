using Simulation.Engine.Fabric;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Source.Tests;

/// <summary>The source on the simulation's loop and fabric.</summary>
public class SimulatedRunTests
{
    private sealed record Outcome(RunReport Report, SourceStatistics? Statistics, byte[][] Received, byte[][] Kept);

    [Fact]
    public void Stream_over_a_link_arrives_whole_in_the_time_the_link_takes()
    {
        Outcome outcome = Run(1, new() { MaxBandwidth = 0 }, [10 << 20]);
        Assert.Equal(RunOutcome.Completed, outcome.Report.Outcome);
        Assert.Equal(SourceStatus.Completed, outcome.Statistics!.Status);
        Assert.Equal(outcome.Statistics.Transferred, outcome.Received[0].Length);
        long least = outcome.Received[0].Length * 1000L / (10 << 20);
        Assert.InRange(outcome.Report.VirtualNanoseconds / 1_000_000, least, least + 100);
    }

    [Fact]
    public void Faster_channel_takes_more_packets()
    {
        Outcome outcome = Run(2, new() { Multifd = true, MaxBandwidth = 0 }, [10 << 20, 50 << 20, 5 << 20]);
        Assert.Equal(SourceStatus.Completed, outcome.Statistics!.Status);
        Assert.Equal(outcome.Statistics.MultifdBytes, outcome.Received[1].Length + outcome.Received[2].Length);
        Assert.True(outcome.Received[1].Length > 2 * outcome.Received[2].Length,
            $"{outcome.Received[1].Length} bytes on the fast channel, {outcome.Received[2].Length} on the slow one");
    }

    [Fact]
    public void Same_seed_is_the_same_run()
    {
        Outcome[] outcomes = [.. Enumerable.Range(0, 2).Select(_ => Run(3, new() { Multifd = true }, [10 << 20, 9 << 20, 8 << 20]))];
        Assert.Equal(outcomes[0].Report.TraceHash, outcomes[1].Report.TraceHash);
        Assert.Equal(outcomes[0].Received, outcomes[1].Received);
        Assert.Equal(outcomes[0].Statistics, outcomes[1].Statistics);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reset_of_a_connection_fails_the_source(int connection)
    {
        Outcome outcome = Run(4, new() { Multifd = true, ReturnPath = true }, [1 << 20, 1 << 20, 1 << 20], resetAt: connection);
        Assert.Equal(RunOutcome.Completed, outcome.Report.Outcome);
        Assert.Equal(SourceStatus.Failed, outcome.Statistics!.Status);
        Assert.NotNull(outcome.Statistics.ErrorDescription);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stream_made_where_the_connection_keeps_it_is_the_stream_that_was_copied_there(bool multifd)
    {
        SourceOptions options = new() { Multifd = multifd };
        int[] links = multifd ? [10 << 20, 9 << 20, 8 << 20] : [10 << 20];
        Outcome made = Run(5, options, links);
        Outcome copied = Run(5, options, links, keeps: false);
        Assert.Equal(copied.Report.TraceHash, made.Report.TraceHash);
        Assert.Equal(copied.Received, made.Received);
        Assert.Equal(made.Received, made.Kept);
    }

    [Fact]
    public void Damage_stays_in_what_is_kept_though_the_source_goes_on_behind_it()
    {
        Outcome whole = Run(6, new(), [10 << 20]);
        Outcome damaged = Run(6, new(), [10 << 20], corruptAt: 100_000);
        byte[] expected = whole.Received[0];
        expected[100_000] ^= 0x40;
        Assert.Equal(expected, damaged.Received[0]);
        Assert.Equal(expected, damaged.Kept[0]);
    }

    // One link for each channel, main first; the peer only reads.
    private static Outcome Run(
        ulong seed, SourceOptions options, int[] bytesPerSecond, int resetAt = -1, int corruptAt = -1, bool keeps = true)
    {
        SimulationLoop loop = new();
        loop.Reset(seed);
        NetworkFabric fabric = new(loop);
        FabricConnection[] connections = [.. bytesPerSecond.Select((speed, i) =>
            fabric.Pair($"channel-{i}", new() { BytesPerSecond = speed, LatencyNanoseconds = 1_000_000 }))];
        GuestModel guest = new(new RamBlockLayout("m0", 8 << 20));
        guest.Fill(ContentMix.Typical, seed);
        guest.Start(new(DirtyPattern.HotSet, 1000), seed, 0);
        using MigrationSource source = new(guest, SourceMachine.None(), options);
        ISourceChannel[] channels = [.. connections.Select(connection => new FabricChannel(connection.Client))];
        if (!keeps)
            channels = [.. channels.Select(channel => new CopyingChannel(channel))];
        SourceStatistics? statistics = null;
        List<byte>[] received = [.. connections.Select(_ => new List<byte>())];
        loop.Spawn("source", async () =>
            statistics = await new SourceRunner(source, new LoopHost(loop), channels[0], channels[1..]).RunAsync());
        for (int i = 0; i < connections.Length; i++)
        {
            int index = i;
            loop.Spawn($"sink-{i}", () => DrainAsync(connections[index].Server, received[index]));
        }
        if (resetAt >= 0)
            loop.At(50_000_000, connections[resetAt].Reset);
        if (corruptAt >= 0)
            fabric.Faults.Add(new CorruptionRule(new FaultTarget("channel-0", Direction.ClientToServer), corruptAt, 0x40));
        RunReport report = loop.Run();
        return new(
            report, statistics, [.. received.Select(bytes => bytes.ToArray())],
            [.. connections.Select(connection => connection.Server.BytesRead.ToArray())]);
    }

    private static async Task DrainAsync(Endpoint endpoint, List<byte> received)
    {
        byte[] buffer = new byte[65536];
        try
        {
            int count;
            while ((count = await endpoint.ReadAsync(buffer)) > 0)
                received.AddRange(buffer.AsSpan(0, count));
            endpoint.CloseWrite();
        }
        catch (IOException)
        {
            // The connection was reset by the test.
        }
    }

    // A channel that keeps nothing, as a socket.
    private sealed class CopyingChannel(ISourceChannel channel) : ISourceChannel
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> content) => channel.WriteAsync(content.ToArray());

        public ValueTask<int> ReadAsync(Memory<byte> buffer) => channel.ReadAsync(buffer);

        public void Close() => channel.Close();
    }
}
