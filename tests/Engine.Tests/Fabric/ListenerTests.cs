using Simulation.Engine.Fabric;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Fabric;

public sealed class ListenerTests : FabricWorld
{
    [Fact]
    public void Connection_is_accepted_after_a_latency_and_made_after_two()
    {
        long accepted = -1;
        Listener listener = Net.Listen("qemu:4444");
        Loop.Spawn("server", async () =>
        {
            Endpoint? server = await listener.AcceptAsync();
            accepted = Loop.NowNanoseconds;
            Assert.Equal(Numbered(3), (await ReadAll(server!)).Bytes);
        });
        Loop.Spawn("client", async () =>
        {
            Endpoint client = await Net.ConnectAsync("qemu:4444", "main", new LinkOptions { LatencyNanoseconds = 100 });
            Assert.Equal(200, Loop.NowNanoseconds);
            await client.WriteAsync(Numbered(3));
            client.CloseWrite();
        });

        Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
        Assert.Equal(100, accepted);
    }

    [Fact]
    public void Accept_delay_reorders_connections()
    {
        var order = new List<string>();
        Listener listener = Net.Listen("a");
        Loop.Spawn("server", async () =>
        {
            for (int i = 0; i < 2; i++)
                order.Add((await listener.AcceptAsync())!.Connection.Name);
        });
        Loop.Spawn("first", async () =>
            await Net.ConnectAsync("a", "first", new LinkOptions { LatencyNanoseconds = 10, AcceptDelayNanoseconds = 100 }));
        Loop.Spawn("second", async () => await Net.ConnectAsync("a", "second", new LinkOptions { LatencyNanoseconds = 10 }));

        Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
        Assert.Equal(["second", "first"], order);
    }

    [Fact]
    public void Nobody_listening_is_a_refusal_and_a_closed_listener_accepts_nobody()
    {
        Listener listener = Net.Listen("a");
        Assert.Throws<IOException>(() => Net.Listen("a"));
        Loop.Spawn("client", async () =>
        {
            await Assert.ThrowsAsync<ConnectionRefusedException>(async () => await Net.ConnectAsync("b", "lost"));
            Endpoint waiting = await Net.ConnectAsync("a", "waiting");
            listener.Close();
            listener.Close();
            Assert.True(waiting.Connection.IsReset);
            Assert.Null(await listener.AcceptAsync());
            await Assert.ThrowsAsync<ConnectionRefusedException>(async () => await Net.ConnectAsync("a", "late"));
            Assert.False(Net.Listen("a").IsClosed);
        });

        RunReport report = Loop.Run();
        Assert.True(report.Outcome == RunOutcome.Completed, report.ToString());
    }

    [Fact]
    public void Close_ends_an_accept_under_way()
    {
        Listener listener = Net.Listen("a");
        Loop.Spawn("server", async () => Assert.Null(await listener.AcceptAsync()));
        Loop.Spawn("closes", async () =>
        {
            await Loop.Delay(5);
            listener.Close();
        });

        Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
    }

    [Fact]
    public void Reset_on_the_way_fails_the_connect()
    {
        Net.Listen("a");
        Net.Faults.ResetAt(FaultTarget.Everything, 150);
        Loop.Spawn("client", async () => await Assert.ThrowsAsync<ConnectionResetException>(
            async () => await Net.ConnectAsync("a", "c", new LinkOptions { LatencyNanoseconds = 100 })));

        Assert.Equal(RunOutcome.Completed, Loop.Run().Outcome);
    }
}
