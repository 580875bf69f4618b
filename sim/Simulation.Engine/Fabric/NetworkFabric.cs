using System.Runtime.InteropServices;
using Simulation.Engine.Choices;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Fabric;

/// <summary>
/// The network of one simulated world: reliable byte streams on virtual time, and the faults done to them. One event a chunk; every
/// draw of a connection follows from the run's seed and the connection's name, so that another connection shifts nothing.
/// </summary>
public sealed class NetworkFabric
{
    /// <summary>Storage of connections that is kept from run to run. A rare run sends a hundred times what others do, over a link that is
    /// slower than its guest writes: what it needed goes with it.</summary>
    private const int KeptBytes = 24 << 20;

    private readonly List<FabricConnection> _connections = [];
    private readonly Dictionary<string, Listener> _listeners = new(StringComparer.Ordinal);
    private readonly int _firstId;
    private int _used;

    /// <summary>Makes a network without anybody in it.</summary>
    /// <param name="loop">The world's loop.</param>
    /// <param name="firstId">The id of its first connection: other than those of other networks of the same world.</param>
    public NetworkFabric(SimulationLoop loop, int firstId = 0)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Loop = loop;
        _firstId = firstId;
        Faults = new FaultRules(this);
    }

    /// <summary>The world's loop.</summary>
    public SimulationLoop Loop { get; }

    /// <summary>The faults.</summary>
    public FaultRules Faults { get; }

    /// <summary>All connections of the run, also those that ended, in the order of their ids; valid until the next one is made.</summary>
    public ReadOnlySpan<FabricConnection> Connections => CollectionsMarshal.AsSpan(_connections)[.._used];

    /// <summary>Forgets everything and keeps the storage that most runs need. To be called after <see cref="SimulationLoop.Reset"/>.</summary>
    public void Reset()
    {
        _used = 0;
        _listeners.Clear();
        Faults.Reset();
        int kept = 0;
        foreach (FabricConnection connection in _connections)
            kept += connection.Trim(KeptBytes - kept);
    }

    /// <summary>Starts listening.</summary>
    /// <param name="address">Any name nobody listens at.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">Somebody listens there (EADDRINUSE).</exception>
    public Listener Listen(string address)
    {
        var listener = new Listener(this, address);
        if (!_listeners.TryAdd(address, listener))
            throw new IOException($"somebody listens at '{address}' already");
        return listener;
    }

    /// <summary>Connects. The listener sees it after a latency and the accept delay; the client goes on after two
    /// latencies, or after that when it is later.</summary>
    /// <param name="address">Where somebody listens by the time the connection arrives.</param>
    /// <param name="name">The connection's name: faults and draws go by it. Unique in the run, but for a connection that takes the
    /// place of one that was refused.</param>
    /// <param name="link">The connection's properties; null for a perfect one.</param>
    /// <returns>The client's side.</returns>
    /// <exception cref="ConnectionRefusedException">Nobody listens there.</exception>
    /// <exception cref="ConnectionResetException">It was reset before it was made.</exception>
    public async ValueTask<Endpoint> ConnectAsync(string address, string name, LinkOptions? link = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        LinkOptions properties = link ?? LinkOptions.Perfect;
        FabricConnection connection = Make(name, address, properties);
        long latency = properties.LatencyNanoseconds;
        Loop.Schedule(connection, Loop.NowNanoseconds + latency + properties.AcceptDelayNanoseconds);
        await Loop.Delay(latency + Math.Max(latency, properties.AcceptDelayNanoseconds), "fabric connect");
        if (connection.WasRefused)
            throw new ConnectionRefusedException($"nobody listens at '{address}'");
        return connection.IsReset
            ? throw new ConnectionResetException($"connection '{name}' was reset before it was made")
            : connection.Client;
    }

    /// <summary>Makes a connection of which both sides are at hand.</summary>
    /// <param name="name">The connection's name, unique in the run: faults and draws go by it.</param>
    /// <param name="link">The connection's properties; null for a perfect one.</param>
    /// <returns>The connection.</returns>
    public FabricConnection Pair(string name, LinkOptions? link = null) => Make(name, address: null, link ?? LinkOptions.Perfect);

    internal bool TryHandOver(FabricConnection connection)
    {
        if (!_listeners.TryGetValue(connection.Address!, out Listener? listener))
            return false;
        listener.Add(connection.Server);
        return true;
    }

    internal void Forget(Listener listener)
    {
        if (_listeners.TryGetValue(listener.Address, out Listener? known) && ReferenceEquals(known, listener))
            _listeners.Remove(listener.Address);
    }

    internal void JudgeAgain()
    {
        foreach (FabricConnection connection in Connections)
            connection.JudgeAgain();
    }

    private FabricConnection Make(string name, string? address, LinkOptions link)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        link.Validate();
        if (_used == _connections.Count)
            _connections.Add(new FabricConnection(this, _firstId + _used));
        FabricConnection connection = _connections[_used++];
        connection.Renew(name, address, link, StableHash.Combine(Loop.Streams.SeedOf("fabric"), StableHash.OfText(name)));
        Loop.Record(TraceKind.Connecting, connection.Id, text: name);
        return connection;
    }
}
