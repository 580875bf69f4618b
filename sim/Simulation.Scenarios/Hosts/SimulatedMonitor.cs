using Qemu.Migration.Destination.Qapi;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>The host's monitor: accepts clients and serves each as the daemon does.</summary>
internal sealed class SimulatedMonitor
{
    /// <summary>Where clients connect.</summary>
    public const string Address = "unix:qmp";

    private readonly SimulationLoop _loop;
    private readonly RunObservation _observation;
    private readonly QmpService _service;
    private readonly Listener _listener;
    private readonly List<QmpConnection> _clients = [];

    /// <summary>Starts listening.</summary>
    /// <param name="loop">The world's loop.</param>
    /// <param name="network">The monitor's network.</param>
    /// <param name="observation">Where sessions are noted.</param>
    /// <param name="service">What sessions share.</param>
    public SimulatedMonitor(SimulationLoop loop, NetworkFabric network, RunObservation observation, QmpService service)
    {
        _loop = loop;
        _observation = observation;
        _service = service;
        _listener = network.Listen(Address);
        loop.Spawn("qmp/listen", AcceptAsync, isBackground: true);
    }

    /// <summary>Listens no more, and ends each connection when its queued lines are sent.</summary>
    public void End()
    {
        _listener.Close();
        foreach (QmpConnection client in _clients)
            client.Complete();
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync() is { } endpoint)
        {
            MonitorSession session = _observation.Sessions.Find(one => one.Name == endpoint.Connection.Name)!;
            QmpConnection client = new(
                _service, new SimulatedQmpChannel(_loop, endpoint, session, _observation), gone => _clients.Remove(gone));
            _clients.Add(client);
            _observation.Watch(() => client.TryStart());
        }
    }
}
