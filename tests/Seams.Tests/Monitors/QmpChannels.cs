using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Qmp;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Observing;

namespace Seams.Tests.Monitors;

/// <summary>The daemon's: a socket.</summary>
public sealed class SocketQmpChannelTests : QmpChannelContract
{
    private protected override void Run(byte[] content, bool ends, Func<QmpChannel, Func<Task<byte[]>>, Task> body)
    {
        string folder = Directory.CreateTempSubdirectory("seams").FullName;
        try
        {
            using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "qmp")));
            listener.Listen(1);
            using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(listener.LocalEndPoint!);
            using SocketQmpChannel channel = new(listener.Accept());
            int sent = client.Send(content);
            Assert.Equal(content.Length, sent);
            if (ends)
                client.Shutdown(SocketShutdown.Send);
            body(channel, () => Task.FromResult(ReceiveAll(client))).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] ReceiveAll(Socket client)
    {
        List<byte> received = [];
        byte[] buffer = new byte[4096];
        for (int count; (count = client.Receive(buffer)) > 0;)
            received.AddRange(buffer.AsSpan(0, count));
        return [.. received];
    }
}

/// <summary>The simulation's: a connection of its network.</summary>
public sealed class SimulatedQmpChannelTests : QmpChannelContract
{
    private protected override void Run(byte[] content, bool ends, Func<QmpChannel, Func<Task<byte[]>>, Task> body)
    {
        SimulationLoop loop = new();
        loop.Reset(1);
        NetworkFabric network = new(loop);
        FabricConnection connection = network.Pair("qmp/0");
        SimulatedQmpChannel channel = new(loop, connection.Server, new MonitorSession("qmp/0", 0), new RunObservation());
        loop.Spawn("client", async () =>
        {
            await connection.Client.WriteAsync(content);
            if (ends)
                connection.Client.CloseWrite();
        }, isBackground: true);
        loop.Spawn("test", () => body(channel, () => ReceiveAllAsync(connection.Client)));
        RunReport report = loop.Run(RunLimits.Default);
        if (report.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
    }

    private static async Task<byte[]> ReceiveAllAsync(Endpoint client)
    {
        List<byte> received = [];
        byte[] buffer = new byte[4096];
        for (int count; (count = await client.ReadAsync(buffer)) > 0;)
            received.AddRange(buffer.AsSpan(0, count));
        return [.. received];
    }
}
