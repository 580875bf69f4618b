using Simulation.Engine.Fabric;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Fabric;

/// <summary>A loop, a fabric and what a side read: the ground of the fabric's tests.</summary>
public abstract class FabricWorld
{
    protected FabricWorld()
    {
        Loop = new SimulationLoop();
        Net = new NetworkFabric(Loop);
    }

    protected SimulationLoop Loop { get; }

    protected NetworkFabric Net { get; }

    /// <summary>Bytes that say where they are.</summary>
    protected static byte[] Numbered(int count)
    {
        var bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = unchecked((byte)((i * 7) ^ (i >> 8)));
        return bytes;
    }

    /// <summary>Reads to the end or the reset, and says when each read returned.</summary>
    protected async Task<Received> ReadAll(Endpoint endpoint, int bufferBytes = 4096)
    {
        var received = new Received();
        var buffer = new byte[bufferBytes];
        try
        {
            while (true)
            {
                int count = await endpoint.ReadAsync(buffer);
                received.Reads.Add((count, Loop.NowNanoseconds));
                if (count == 0)
                    return received;
                received.Bytes.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (ConnectionResetException)
        {
            received.WasReset = true;
            return received;
        }
    }

    /// <summary>One side sends and ends its stream, the other reads it all.</summary>
    protected Received Transfer(FabricConnection connection, byte[] bytes, int bufferBytes = 4096)
    {
        Received? received = null;
        Loop.Spawn("reads", async () => received = await ReadAll(connection.Server, bufferBytes));
        Loop.Spawn("writes", async () =>
        {
            try
            {
                await connection.Client.WriteAsync(bytes);
                connection.Client.CloseWrite();
            }
            catch (ConnectionResetException)
            {
            }
        });
        RunReport report = Loop.Run();
        Assert.True(report.Outcome == RunOutcome.Completed, report.ToString());
        return received!;
    }

    protected static FaultTarget ToServer(string name) => new(name, Direction.ClientToServer);

    protected sealed class Received
    {
        public List<byte> Bytes { get; } = [];

        public List<(int Count, long Nanoseconds)> Reads { get; } = [];

        public bool WasReset { get; set; }
    }
}
