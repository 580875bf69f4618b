using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>A connection of the monitor's network as the host sees it.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="endpoint">The host's side.</param>
/// <param name="session">The session as its client sees it.</param>
/// <param name="observation">Where it is noted when a command was read.</param>
internal sealed class SimulatedQmpChannel(
    SimulationLoop loop, Endpoint endpoint, MonitorSession session, RunObservation observation) : QmpChannel
{
    private long _readBytes;

    /// <inheritdoc/>
    public override string Name => session.Name;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, List<int> descriptors)
    {
        session.NoteDone(observation.NextOrder());
        await loop.Point("qmp.read");
        int count;
        try
        {
            count = await endpoint.ReadAsync(buffer);
        }
        catch (IOException)
        {
            return 0;
        }

        _readBytes += count;
        while (session.TakeDescriptor(_readBytes) is { } descriptor)
        {
            descriptors.Add(descriptor);
            observation.ReceivedDescriptors.Add(descriptor);
        }

        observation.NoteRead(session, _readBytes, loop.NowNanoseconds);
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await loop.Point("qmp.write");
        await endpoint.WriteAsync(bytes);
    }

    /// <inheritdoc/>
    public override void Shutdown() => endpoint.Shutdown();

    // What was sent still arrives, whatever the client sends meanwhile.
    /// <inheritdoc/>
    protected override void Close()
    {
        endpoint.ShutdownRead();
        endpoint.CloseWrite();
    }
}
