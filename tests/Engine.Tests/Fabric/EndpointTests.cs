using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Fabric;

public sealed class EndpointTests : FabricWorld
{
    private readonly FabricConnection _connection;

    public EndpointTests() => _connection = Net.Pair("c", new LinkOptions { LatencyNanoseconds = 10 });

    [Fact]
    public void Half_closed_stream_ends_and_the_other_goes_on()
    {
        Loop.Spawn("client", async () =>
        {
            await _connection.Client.WriteAsync(Numbered(3));
            _connection.Client.CloseWrite();
            Assert.Equal(Numbered(5), (await ReadAll(_connection.Client)).Bytes);
            Assert.Equal(1020, Loop.NowNanoseconds);
        });
        Loop.Spawn("server", async () =>
        {
            Assert.Equal([(3, 10), (0, 10)], (await ReadAll(_connection.Server)).Reads);
            Assert.Equal(0, await _connection.Server.ReadAsync(new byte[1]));
            await Loop.Delay(1000);
            await _connection.Server.WriteAsync(Numbered(5));
            _connection.Server.CloseWrite();
        });

        Completes();
    }

    [Fact]
    public void Bytes_made_where_they_are_kept_arrive()
    {
        Loop.Spawn("client", async () =>
        {
            await _connection.Client.WriteAsync(Numbered(3));
            byte[] kept = _connection.Client.Outgoing.Reserve(3, 5);
            Numbered(5).AsSpan(3).CopyTo(kept.AsSpan(3));
            await _connection.Client.WriteAsync(kept.AsMemory(3, 2));
            _connection.Client.CloseWrite();
        });
        Loop.Spawn("server", async () =>
        {
            Assert.Equal(Numbered(5), (await ReadAll(_connection.Server)).Bytes);
            Assert.Equal(Numbered(5), _connection.Server.BytesRead.ToArray());
        });

        Completes();
    }

    [Fact]
    public void Storage_of_a_rare_long_stream_goes_with_its_run_and_that_of_usual_ones_stays()
    {
        FabricConnection second = Net.Pair("d");
        byte[] usual = second.Client.Outgoing.Reserve(0, 1 << 20);
        _connection.Client.Outgoing.Reserve(0, 100 << 20);

        Net.Reset();

        Assert.InRange(_connection.Client.Outgoing.Reserve(0, 0).Length, 8 << 20, 16 << 20);
        Assert.Same(usual, second.Client.Outgoing.Reserve(0, 0));
    }

    [Fact]
    public void Writing_behind_the_own_end_is_a_broken_pipe()
    {
        Loop.Spawn("client", async () =>
        {
            _connection.Client.CloseWrite();
            _connection.Client.CloseWrite();
            await Assert.ThrowsAsync<BrokenPipeException>(async () => await _connection.Client.WriteAsync(Numbered(1)));
        });

        Completes();
    }

    [Fact]
    public void Shutdown_ends_a_read_under_way_and_gives_the_peer_the_end()
    {
        Loop.Spawn("parked", async () =>
        {
            Assert.Equal(0, await _connection.Server.ReadAsync(new byte[1]));
            Assert.Equal(50, Loop.NowNanoseconds);
        });
        Loop.Spawn("kicks", async () =>
        {
            await Loop.Delay(50);
            _connection.Server.Shutdown();
            _connection.Server.Shutdown();
            await Assert.ThrowsAsync<BrokenPipeException>(async () => await _connection.Server.WriteAsync(Numbered(1)));
        });
        Loop.Spawn("peer", async () => Assert.Equal([(0, 60)], (await ReadAll(_connection.Client)).Reads));

        Completes();
        Assert.False(_connection.IsReset);
    }

    [Fact]
    public void Shutdown_of_reading_ends_a_read_under_way_and_the_peer_goes_on_both_ways()
    {
        Loop.Spawn("parked", async () =>
        {
            Assert.Equal(0, await _connection.Server.ReadAsync(new byte[1]));
            await _connection.Server.WriteAsync(Numbered(2));
            _connection.Server.CloseWrite();
        });
        Loop.Spawn("kicks", async () =>
        {
            await Loop.Delay(50);
            _connection.Server.ShutdownRead();
            await _connection.Client.WriteAsync(Numbered(3));
            Assert.Equal(Numbered(2), (await ReadAll(_connection.Client)).Bytes);
            await Loop.Delay(50);
            await _connection.Client.WriteAsync(Numbered(1));
            Assert.False(_connection.IsReset);
        });

        Completes();
    }

    [Fact]
    public void Shutdown_ends_a_write_under_way()
    {
        FabricConnection narrow = Net.Pair("narrow", new LinkOptions { WindowBytes = 10 });
        Loop.Spawn("parked", async () =>
            await Assert.ThrowsAsync<BrokenPipeException>(async () => await narrow.Client.WriteAsync(Numbered(100))));
        Loop.Spawn("kicks", async () =>
        {
            await Loop.Delay(50);
            narrow.Client.Shutdown();
        });

        Completes();
    }

    [Fact]
    public void Write_without_room_to_a_side_that_has_shut_down_resets_the_connection()
    {
        FabricConnection narrow = Net.Pair("narrow", new LinkOptions { WindowBytes = 10 });
        Loop.Spawn("client", async () =>
        {
            await narrow.Client.WriteAsync(Numbered(10));
            await Loop.Delay(50);
            narrow.Server.Shutdown();
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await narrow.Client.WriteAsync(Numbered(4)));
        });

        Completes();
    }

    [Fact]
    public void What_was_delivered_before_the_shutdown_can_still_be_read()
    {
        Loop.Spawn("client", async () => await _connection.Client.WriteAsync(Numbered(4)));
        Loop.Spawn("server", async () =>
        {
            await Loop.Delay(50);
            _connection.Server.Shutdown();
            Assert.Equal([(4, 50), (0, 50)], (await ReadAll(_connection.Server)).Reads);
        });

        Completes();
    }

    [Fact]
    public void Bytes_for_a_side_that_has_shut_down_reset_the_connection()
    {
        Loop.Spawn("server", () =>
        {
            _connection.Server.Shutdown();
            return Task.CompletedTask;
        });
        Loop.Spawn("client", async () =>
        {
            await _connection.Client.WriteAsync(Numbered(4));
            await Loop.Delay(100);
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await _connection.Client.WriteAsync(Numbered(4)));
            Assert.Equal([(0, 100)], (await ReadAll(_connection.Client)).Reads);
        });

        Completes();
        Assert.Empty(_connection.Damage);
    }

    [Fact]
    public void Writer_that_waits_for_room_is_reset_when_the_reader_shuts_down()
    {
        FabricConnection narrow = Net.Pair("narrow", new LinkOptions { WindowBytes = 10 });
        Loop.Spawn("writes", async () =>
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await narrow.Client.WriteAsync(Numbered(100))));
        Loop.Spawn("leaves", async () =>
        {
            await Loop.Delay(50);
            narrow.Server.Shutdown();
        });

        Completes();
    }

    [Fact]
    public void Reset_fails_both_sides_behind_what_was_delivered()
    {
        Loop.Spawn("client", async () =>
        {
            await _connection.Client.WriteAsync(Numbered(4));
            await Loop.Delay(20);
            await _connection.Client.WriteAsync(Numbered(9));
            _connection.Client.Abort();
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await _connection.Client.WriteAsync(Numbered(1)));
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await _connection.Client.ReadAsync(new byte[1]));
        });
        Loop.Spawn("server", async () =>
        {
            await Loop.Delay(30);
            Received received = await ReadAll(_connection.Server);
            Assert.Equal([(4, 30)], received.Reads);
            Assert.True(received.WasReset);
        });

        Completes();
    }

    [Fact]
    public void Second_reader_and_empty_buffer_are_the_callers_fault()
    {
        Loop.Spawn("one", async () => await _connection.Server.ReadAsync(new byte[1]), isBackground: true);
        Loop.Spawn("two", async () =>
        {
            await Loop.Delay(1);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await _connection.Server.ReadAsync(new byte[1]));
            await Assert.ThrowsAsync<ArgumentException>(async () => await _connection.Server.ReadAsync(Memory<byte>.Empty));
        });

        Completes();
    }

    private void Completes()
    {
        RunReport report = Loop.Run();
        Assert.True(report.Outcome == RunOutcome.Completed, report.ToString() + report.Failure);
    }
}
