using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Engine.Time;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Tests.Fabric;

public sealed class LinkTests : FabricWorld
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(100, 7, 3)]
    [InlineData(5000, 64, 16)]
    [InlineData(100_000, 300, 4096)]
    public void Bytes_arrive_whole_and_in_order_whatever_the_sizes(int count, int window, int chunk)
    {
        var link = new LinkOptions
        {
            LatencyNanoseconds = 500,
            JitterNanoseconds = 900,
            BytesPerSecond = 1_000_000,
            WindowBytes = window,
            MaximumChunkBytes = chunk,
            ShortReads = Ratio.Percent(50),
        };

        FabricConnection connection = Net.Pair("c", link);
        Received received = Transfer(connection, Numbered(count), bufferBytes: 37);

        Assert.Equal(Numbered(count), received.Bytes);
        Assert.Equal(0, received.Reads[^1].Count);
        Assert.Equal(count, connection.SentBytes(Direction.ClientToServer));
        Assert.Equal(count, connection.DeliveredBytes(Direction.ClientToServer));
        Assert.Equal(count, connection.ReadBytes(Direction.ClientToServer));
        Assert.Empty(connection.Damage);
    }

    [Fact]
    public void Chunk_arrives_after_its_bytes_by_the_rate_and_the_latency()
    {
        var link = new LinkOptions { LatencyNanoseconds = 1000, BytesPerSecond = 1_000_000_000, MaximumChunkBytes = 100 };

        Received received = Transfer(Net.Pair("c", link), Numbered(250));

        // A byte takes a nanosecond: chunks of 100, 100 and 50 leave one behind the other, the end with the last.
        Assert.Equal([(100, 1100), (100, 1200), (50, 1250), (0, 1250)], received.Reads);
    }

    [Fact]
    public void Rounding_of_the_rate_does_not_add_up()
    {
        // Three bytes a second, one by one: 0.33 s each, and the thirtieth is there after exactly 10 s.
        var link = new LinkOptions { BytesPerSecond = 3, MaximumChunkBytes = 1 };

        Received received = Transfer(Net.Pair("c", link), Numbered(30));

        Assert.Equal(333_333_334, received.Reads[0].Nanoseconds);
        Assert.Equal(10 * VirtualDuration.Second, received.Reads[29].Nanoseconds);
    }

    [Fact]
    public void Idle_link_saves_up_no_bandwidth()
    {
        var link = new LinkOptions { BytesPerSecond = 1_000_000_000 };
        FabricConnection connection = Net.Pair("c", link);
        Received? received = null;
        Loop.Spawn("reads", async () => received = await ReadAll(connection.Server));
        Loop.Spawn("writes", async () =>
        {
            await connection.Client.WriteAsync(Numbered(10));
            await Loop.Delay(1000);
            await connection.Client.WriteAsync(Numbered(10));
            connection.Client.CloseWrite();
        });
        Loop.Run();

        Assert.Equal([(10, 10), (10, 1010), (0, 1010)], received!.Reads);
    }

    [Fact]
    public void Jitter_stays_in_its_bounds_varies_and_reorders_nothing()
    {
        var link = new LinkOptions { LatencyNanoseconds = 100, JitterNanoseconds = 50, MaximumChunkBytes = 1 };
        FabricConnection connection = Net.Pair("c", link);
        Received? received = null;
        Loop.Spawn("reads", async () => received = await ReadAll(connection.Server));
        Loop.Spawn("writes", async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await connection.Client.WriteAsync(new byte[] { (byte)i });
                await Loop.Delay(1000);
            }

            connection.Client.CloseWrite();
        });
        Loop.Run();

        long[] delays = [.. received!.Reads.Take(50).Select((read, i) => read.Nanoseconds - (i * 1000))];
        Assert.All(delays, delay => Assert.InRange(delay, 100, 150));
        Assert.True(delays.Distinct().Count() > 10);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (byte)i), received.Bytes);
    }

    [Fact]
    public void Writer_waits_while_the_window_is_full()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions { WindowBytes = 100 });
        long written = -1;
        Loop.Spawn("writes", async () =>
        {
            await connection.Client.WriteAsync(Numbered(100));
            Assert.Equal(0, Loop.NowNanoseconds);
            await connection.Client.WriteAsync(Numbered(1));
            written = Loop.NowNanoseconds;
        });
        Loop.Spawn("reads", async () =>
        {
            await Loop.Delay(777);
            Assert.Equal(1, await connection.Server.ReadAsync(new byte[1]));
        });

        Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
        Assert.Equal(777, written);
        Assert.Equal(101, connection.SentBytes(Direction.ClientToServer));
    }

    // Each short read leaves a little room; written into at once, it would be a chunk that small for ever (RFC 1122, 4.2.3.4).
    [Fact]
    public void Short_reads_never_cut_the_stream_into_ever_smaller_chunks()
    {
        const int total = 32 << 20;
        const int window = 64 << 10;
        Loop.Trace.Retain = true;
        Loop.Reset(1);
        Net.Reset();
        FabricConnection connection = Net.Pair("c", new LinkOptions
        {
            WindowBytes = window,
            LatencyNanoseconds = 40_000_000,
            BytesPerSecond = 1 << 30,
            ShortReads = Ratio.OneIn(3),
            MaximumShortReadBytes = 5000,
        });
        Loop.Spawn("writes", async () => await connection.Client.WriteAsync(new byte[total]));
        Loop.Spawn("reads", async () =>
        {
            for (int read = 0; read < total;)
                read += await connection.Server.ReadAsync(new byte[window]);
        });

        Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
        Assert.InRange(Loop.Trace.Events.ToArray().Count(e => e.Kind == TraceKind.Delivered), total / window, (2 * total / window) + 1);
    }

    [Fact]
    public void Writer_to_a_side_that_never_reads_is_a_deadlock_at_the_write()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions { WindowBytes = 10 });
        Loop.Spawn("writes", async () => await connection.Client.WriteAsync(Numbered(11)));

        RunReport report = Loop.Run();

        Assert.Equal(RunOutcome.Deadlock, report.Outcome);
        Assert.Equal(("writes", "fabric write"), (report.Unfinished[0].Name, report.Unfinished[0].Site));
    }

    [Fact]
    public void Short_reads_are_as_short_as_said()
    {
        var link = new LinkOptions { ShortReads = Ratio.One, MaximumShortReadBytes = 5 };

        Received received = Transfer(Net.Pair("c", link), Numbered(1000));

        Assert.Equal(Numbered(1000), received.Bytes);
        Assert.All(received.Reads.SkipLast(1), read => Assert.InRange(read.Count, 1, 5));
        Assert.Equal(5, received.Reads.Select(read => read.Count).SkipLast(1).Distinct().Count());
    }

    [Fact]
    public void Draws_of_a_connection_follow_from_its_name_and_not_from_the_others()
    {
        var link = new LinkOptions { JitterNanoseconds = 100_000, ShortReads = Ratio.OneIn(2) };
        Received alone = Transfer(Net.Pair("c", link), Numbered(300));

        Loop.Reset(0);
        Net.Reset();
        Net.Pair("another", link);
        Received accompanied = Transfer(Net.Pair("c", link), Numbered(300));

        Assert.Equal(alone.Reads, accompanied.Reads);
    }

    [Fact]
    public void Same_seed_gives_the_same_trace_with_a_fabric_used_again()
    {
        var link = new LinkOptions { LatencyNanoseconds = 10, JitterNanoseconds = 500, ShortReads = Ratio.OneIn(3), WindowBytes = 64 };
        var hashes = new List<ulong>();
        for (int round = 0; round < 2; round++)
        {
            for (ulong seed = 0; seed < 20; seed++)
            {
                Loop.Reset(seed);
                Net.Reset();
                Transfer(Net.Pair("c", link), Numbered(500));
                hashes.Add(Loop.Trace.Hash);
            }
        }

        Assert.Equal(hashes[..20], hashes[20..]);
        Assert.Equal(20, hashes.Distinct().Count());
    }

    [Fact]
    public void Bytes_on_their_way_allocate_nothing_after_warm_up()
    {
        byte[] bytes = Numbered(1000);
        var buffer = new byte[700];
        long Measure(int rounds)
        {
            Loop.Reset(1);
            Net.Reset();
            FabricConnection connection = Net.Pair("c", new LinkOptions { LatencyNanoseconds = 5, WindowBytes = 1500 });
            Loop.Spawn("writes", async () =>
            {
                for (int i = 0; i < rounds; i++)
                    await connection.Client.WriteAsync(bytes);
                connection.Client.CloseWrite();
            });
            Loop.Spawn("reads", async () =>
            {
                while (await connection.Server.ReadAsync(buffer) > 0)
                {
                }
            });
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Measure(3000);

        // The runtime allocates now and then while it compiles a method again: the least of several is the connection's own.
        long longRun = Enumerable.Range(0, 10).Min(_ => Measure(3000));
        Assert.InRange(longRun, 0, Measure(30) + 512);
    }
}
