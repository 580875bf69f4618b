using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>A listener of the fabric as the destination sees it. Every connection is observed from its beginning.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="listener">The listener.</param>
/// <param name="observation">Where connections are noted.</param>
internal sealed class SimulatedListener(SimulationLoop loop, Listener listener, RunObservation observation) : MigrationListener
{
    /// <inheritdoc/>
    public override bool HasWaiting => listener.HasWaiting;

    /// <inheritdoc/>
    public override async ValueTask<MigrationChannel?> AcceptAsync()
    {
        if (await listener.AcceptAsync() is not { } endpoint)
            return null;
        ReceivedStream stream = observation.OpenStream(endpoint.Connection.Name);

        // The name that the destination gives to the task of its n-th connection.
        stream.TaskName = $"connection/{stream.Index}";
        return new SimulatedChannel(loop, endpoint, stream, observation, fromListener: true);
    }

    /// <inheritdoc/>
    protected override void Close() => listener.Close();
}
