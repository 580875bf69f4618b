using System.Buffers.Binary;
using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>A connection of the fabric as the destination sees it. Everything read is noted.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="endpoint">The destination's side.</param>
/// <param name="received">Where to note what is read.</param>
/// <param name="observation">Told what the connection turns out to be.</param>
/// <param name="fromListener">Whether it came through a listener.</param>
internal sealed class SimulatedChannel(
    SimulationLoop loop, Endpoint endpoint, ReceivedStream received, RunObservation observation, bool fromListener) : MigrationChannel
{
    private const uint MainMagic = 0x5145564d;
    private const uint MultifdMagic = 0x11223344;

    /// <inheritdoc/>
    public override string Name => received.Name;

    /// <inheritdoc/>
    public override bool FromListener => fromListener;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        received.LargestReadBytes = Math.Max(received.LargestReadBytes, buffer.Length);
        await loop.Point("channel.read");
        int count;
        try
        {
            count = await endpoint.ReadAsync(buffer);
        }
        catch (IOException)
        {
            received.HasEnded = received.HasFailed = true;
            throw;
        }

        if (count == 0)
            received.HasEnded |= !received.IsShut;
        else
            Note();
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await loop.Point("channel.write");
        await endpoint.WriteAsync(bytes);
        received.NoteSent(bytes.Span);
    }

    /// <inheritdoc/>
    public override void ShutdownRead()
    {
        received.IsShut = true;
        endpoint.ShutdownRead();
    }

    /// <inheritdoc/>
    public override void Shutdown()
    {
        received.LeftByItself |= !received.IsShut && loop.Current?.Name == SimulatedHost.TaskOf(received);
        received.IsShut = true;
        endpoint.Shutdown();
    }

    private void Note()
    {
        received.NoteRead(endpoint.BytesRead);
        if (received.RecognizedAs >= 0 || received.Count < sizeof(uint))
            return;
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(received.Bytes.Span);

        // A migration that is under way has its channels.
        bool mayBeChannel = observation.Options.Migration.Multifd && observation.Activation is null;
        observation.Recognize(received, magic == MainMagic ? ConnectionRole.Main
            : magic == MultifdMagic && mayBeChannel ? ConnectionRole.Multifd
            : ConnectionRole.Stranger);
    }
}
