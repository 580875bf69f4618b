using Simulation.Engine.Loop;

namespace Simulation.Engine.Fabric;

/// <summary>Takes connections at an address. One task accepts at a time.</summary>
public sealed class Listener
{
    private readonly NetworkFabric _fabric;
    private readonly Queue<Endpoint> _backlog = new();
    private readonly Waiter _arrival;

    internal Listener(NetworkFabric fabric, string address)
    {
        _fabric = fabric;
        _arrival = new Waiter(fabric.Loop);
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Whether it was closed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether a connection waits to be accepted.</summary>
    public bool HasWaiting => _backlog.Count > 0;

    /// <summary>Waits for a connection.</summary>
    /// <returns>The server's side of it, or null when the listener was closed.</returns>
    public async ValueTask<Endpoint?> AcceptAsync()
    {
        while (_backlog.Count == 0)
        {
            if (IsClosed)
                return null;
            await _arrival.WaitAsync("fabric accept");
        }

        return _backlog.Dequeue();
    }

    /// <summary>Stops listening: who waits to be accepted is reset, who comes later is refused. Repeatable.</summary>
    public void Close()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        _fabric.Forget(this);
        while (_backlog.TryDequeue(out Endpoint? waiting))
            waiting.Abort();
        _arrival.Wake();
    }

    internal void Add(Endpoint server)
    {
        _backlog.Enqueue(server);
        _arrival.Wake();
    }
}
