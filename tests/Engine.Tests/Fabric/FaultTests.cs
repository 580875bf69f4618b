using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Fabric;

public sealed class FaultTests : FabricWorld
{
    private static readonly LinkOptions SmallChunks = new() { LatencyNanoseconds = 10, MaximumChunkBytes = 16 };

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(99)]
    public void Corruption_hits_its_byte_alone_and_is_known(int offset)
    {
        FabricConnection connection = Net.Pair("c", SmallChunks);
        Net.Faults.Add(new CorruptionRule(ToServer("c"), offset, 0x81));

        Received received = Transfer(connection, Numbered(100));

        byte[] expected = Numbered(100);
        expected[offset] ^= 0x81;
        Assert.Equal(expected, received.Bytes);
        Assert.Equal(
            new Damage(DamageKind.Corrupted, Direction.ClientToServer, offset, 10, Numbered(100)[offset], expected[offset]),
            Assert.Single(connection.Damage));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(47)]
    [InlineData(100)]
    public void Truncation_ends_the_stream_at_its_byte_and_swallows_the_rest(int offset)
    {
        FabricConnection connection = Net.Pair("c", SmallChunks with { WindowBytes = 20 });
        Net.Faults.Add(new TruncationRule(ToServer("c"), offset));

        Received received = Transfer(connection, Numbered(100));

        Assert.Equal(Numbered(100).Take(offset), received.Bytes);
        Assert.False(received.WasReset);
        Assert.Equal(100, connection.SentBytes(Direction.ClientToServer));
        Assert.Equal((DamageKind.Truncated, offset), (connection.Damage[0].Kind, connection.Damage[0].OffsetBytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(47)]
    public void Reset_fails_the_stream_at_its_byte(int offset)
    {
        FabricConnection connection = Net.Pair("c", SmallChunks);
        Net.Faults.Add(new ResetRule(ToServer("c"), offset));

        Received received = Transfer(connection, Numbered(100));

        Assert.Equal(Numbered(100).Take(offset), received.Bytes);
        Assert.True(received.WasReset);
        Assert.Equal((DamageKind.Reset, offset), (connection.Damage[0].Kind, connection.Damage[0].OffsetBytes));
    }

    [Fact]
    public void Rules_compose_and_the_first_end_wins()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions());
        Net.Faults.Add(new CorruptionRule(ToServer("c"), 3, 0x01));
        Net.Faults.Add(new CorruptionRule(ToServer("c"), 3, 0x02));
        Net.Faults.Add(new CorruptionRule(ToServer("c"), 70, 0xFF));
        Net.Faults.Add(new TruncationRule(ToServer("c"), 50));
        Net.Faults.Add(new ResetRule(ToServer("c"), 40));

        Received received = Transfer(connection, Numbered(100));

        byte[] expected = Numbered(50);
        expected[3] ^= 3;
        Assert.Equal(expected, received.Bytes);
        Assert.Equal(
            [DamageKind.Corrupted, DamageKind.Corrupted, DamageKind.Truncated], connection.Damage.Select(damage => damage.Kind));
    }

    [Fact]
    public void Stall_delivers_what_arrived_in_it_at_its_end()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions { BytesPerSecond = 1_000_000_000, MaximumChunkBytes = 10 });
        Net.Faults.Add(new StallRule(ToServer("c"), 15, 45));

        Received received = Transfer(connection, Numbered(60));

        Assert.Equal([(10, 10), (30, 45), (10, 50), (10, 60), (0, 60)], received.Reads);
        Assert.Equal((DamageKind.Delayed, 10, 20), (connection.Damage[0].Kind, connection.Damage[0].OffsetBytes, connection.Damage[0].TimeNanoseconds));
    }

    [Fact]
    public void Delay_of_one_connection_reorders_it_against_another()
    {
        FabricConnection slow = Net.Pair("slow", new LinkOptions { LatencyNanoseconds = 10 });
        FabricConnection fast = Net.Pair("fast", new LinkOptions { LatencyNanoseconds = 10 });
        Net.Faults.Add(new DelayRule(ToServer("slow"), 500, Ratio.One, Seed: 0));
        var order = new List<string>();
        foreach (FabricConnection connection in (FabricConnection[])[slow, fast])
        {
            Loop.Spawn("write", async () => await connection.Client.WriteAsync(Numbered(1)));
            Loop.Spawn("read", async () =>
            {
                await connection.Server.ReadAsync(new byte[1]);
                order.Add($"{connection.Name}@{Loop.NowNanoseconds}");
            });
        }

        Loop.Run();

        Assert.Equal(["fast@10", "slow@510"], order);
    }

    [Fact]
    public void Share_of_a_delay_is_drawn_by_the_offset()
    {
        var rule = new DelayRule(FaultTarget.Everything, 500, Ratio.OneIn(4), Seed: 9);
        FabricConnection connection = Net.Pair("c");
        int delayed = Enumerable.Range(0, 4000).Count(offset =>
            rule.Decide(new FaultContext(connection, Direction.ClientToServer, offset, 1, 0, 0)).Action == FaultAction.NotBefore);

        Assert.InRange(delayed, 850, 1150);
    }

    [Fact]
    public void Hold_lasts_until_its_guard_is_disposed()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions());
        IDisposable guard = Net.Faults.Add(new HoldRule(ToServer("c"), 0));
        Loop.At(400, guard.Dispose);

        Received received = Transfer(connection, Numbered(20));

        Assert.Equal([(20, 400), (0, 400)], received.Reads);
        Assert.Equal(DamageKind.Held, Assert.Single(connection.Damage).Kind);
        Assert.Equal(0, Net.Faults.Count);
    }

    [Fact]
    public void Stopping_all_faults_delivers_what_they_put_off_and_calls_off_those_to_come()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions());
        Net.Faults.Add(new StallRule(ToServer("c"), 0, long.MaxValue));
        Net.Faults.Add(new DelayRule(ToServer("c"), 1_000_000, Ratio.One, Seed: 0));
        Net.Faults.ResetAt(FaultTarget.Everything, 800);
        Net.Faults.TruncateAt(FaultTarget.Everything, 800);
        Loop.At(700, Net.Faults.StopAll);
        Loop.Spawn("stays beyond", async () => await Loop.Delay(1000));

        Received received = Transfer(connection, Numbered(20));

        Assert.Equal([(20, 700), (0, 700)], received.Reads);
        Assert.False(connection.IsReset);
    }

    [Fact]
    public void Held_connection_without_any_other_event_is_a_deadlock()
    {
        FabricConnection connection = Net.Pair("c");
        Net.Faults.Add(new HoldRule(ToServer("c"), 0));
        Loop.Spawn("writes", async () => await connection.Client.WriteAsync(Numbered(1)));
        Loop.Spawn("reads", async () => await connection.Server.ReadAsync(new byte[1]));

        RunReport report = Loop.Run();

        Assert.Equal((RunOutcome.Deadlock, "reads", "fabric read"), (report.Outcome, report.Unfinished[0].Name, report.Unfinished[0].Site));
    }

    [Fact]
    public void Reset_at_a_time_hits_whatever_is_there_then()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions { BytesPerSecond = 1_000_000_000, MaximumChunkBytes = 10 });
        Net.Faults.ResetAt(new FaultTarget("c", null), 25);

        Received received = Transfer(connection, Numbered(60));

        Assert.Equal(Numbered(20), received.Bytes);
        Assert.True(received.WasReset);
    }

    [Fact]
    public void Truncation_at_a_time_ends_one_direction()
    {
        FabricConnection connection = Net.Pair("c", new LinkOptions { BytesPerSecond = 1_000_000_000, MaximumChunkBytes = 10 });
        Net.Faults.TruncateAt(ToServer("c"), 25);
        Loop.Spawn("answers", async () =>
        {
            await Loop.Delay(100);
            await connection.Server.WriteAsync(Numbered(2));
        });
        Loop.Spawn("hears", async () => Assert.Equal(2, await connection.Client.ReadAsync(new byte[2])));

        Received received = Transfer(connection, Numbered(60));

        Assert.Equal(Numbered(20), received.Bytes);
        Assert.Equal((0, 25), received.Reads[^1]);
    }

    [Fact]
    public void Rule_for_another_connection_or_direction_does_nothing()
    {
        FabricConnection connection = Net.Pair("c", SmallChunks);
        Net.Faults.Add(new TruncationRule(ToServer("d"), 5));
        Net.Faults.Add(new TruncationRule(new FaultTarget("c", Direction.ServerToClient), 5));

        Assert.Equal(Numbered(100), Transfer(connection, Numbered(100)).Bytes);
        Assert.Empty(connection.Damage);
    }

    [Fact]
    public void Rule_that_answers_beyond_the_chunk_is_a_harness_error()
    {
        FabricConnection connection = Net.Pair("c");
        Net.Faults.Add(new Wild());

        Assert.Throws<HarnessException>(() => Transfer(connection, Numbered(5)));
    }

    private sealed class Wild : IFaultRule
    {
        public FaultDecision Decide(in FaultContext context) => FaultDecision.TruncateAt(context.EndBytes + 1);
    }
}
