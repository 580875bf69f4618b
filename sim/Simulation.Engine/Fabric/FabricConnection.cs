using Simulation.Engine.Loop;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Fabric;

/// <summary>
/// Two byte streams between two endpoints, seen from outside: its faults, and the truth about them. Belongs to its fabric, which uses
/// the object again after <see cref="NetworkFabric.Reset"/>.
/// </summary>
public sealed class FabricConnection : TimedEvent
{
    private readonly NetworkFabric _fabric;
    private readonly Pipe _toServer;
    private readonly Pipe _toClient;
    private readonly List<Damage> _damage = [];

    internal FabricConnection(NetworkFabric fabric, int id)
    {
        _fabric = fabric;
        Id = id;
        _toServer = new Pipe(fabric, this, Direction.ClientToServer);
        _toClient = new Pipe(fabric, this, Direction.ServerToClient);
        Client = new Endpoint(this, _toClient, _toServer, isClient: true);
        Server = new Endpoint(this, _toServer, _toClient, isClient: false);
    }

    /// <summary>0 for the first connection of a run, 1 for the second.</summary>
    public int Id { get; }

    /// <summary>Its name, as given to it: faults refer to it, and its draws follow from it.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The address it was made to; null for a pair.</summary>
    public string? Address { get; private set; }

    /// <summary>The side that connected.</summary>
    public Endpoint Client { get; }

    /// <summary>The side that was connected to.</summary>
    public Endpoint Server { get; }

    /// <summary>Whether it was reset: both sides fail once they have read what had been delivered.</summary>
    public bool IsReset { get; private set; }

    /// <summary>What was done to it, in the order of time.</summary>
    public IReadOnlyList<Damage> Damage => _damage;

    internal bool WasRefused { get; private set; }

    /// <summary>How many bytes the writer has got rid of.</summary>
    /// <param name="direction">Which stream.</param>
    /// <returns>Bytes.</returns>
    public long SentBytes(Direction direction) => PipeOf(direction).SentBytes;

    /// <summary>How many bytes have become readable.</summary>
    /// <param name="direction">Which stream.</param>
    /// <returns>Bytes.</returns>
    public long DeliveredBytes(Direction direction) => PipeOf(direction).DeliveredBytes;

    /// <summary>How many bytes have been read.</summary>
    /// <param name="direction">Which stream.</param>
    /// <returns>Bytes.</returns>
    public long ReadBytes(Direction direction) => PipeOf(direction).ReadBytes;

    /// <summary>Resets the connection at this instant: nothing in flight arrives, both sides fail.</summary>
    public void Reset() => Reset(Direction.ClientToServer);

    /// <summary>Ends streams at this instant: what has not been delivered goes nowhere.</summary>
    /// <param name="direction">One of them, or null for both.</param>
    public void Truncate(Direction? direction = null)
    {
        if (direction != Direction.ServerToClient)
            _toServer.Cut();
        if (direction != Direction.ClientToServer)
            _toClient.Cut();
    }

    /// <summary>Lets go of storage: each stream keeps half of what is left, so that the first, the longest, has most and none has
    /// nothing.</summary>
    /// <returns>How many bytes of storage there are still.</returns>
    internal int Trim(int mostBytes)
    {
        int kept = _toServer.Log.Trim(mostBytes / 2);
        return kept + _toClient.Log.Trim((mostBytes - kept) / 2);
    }

    internal void Renew(string name, string? address, LinkOptions link, ulong seed)
    {
        Name = name;
        Address = address;
        IsReset = WasRefused = false;
        _damage.Clear();
        _toServer.Renew(link, seed);
        _toClient.Renew(link, unchecked(seed + 1));
    }

    internal void Reset(Direction trigger)
    {
        if (IsReset)
            return;
        AddDamage(DamageKind.Reset, trigger, DeliveredBytes(trigger));
        ResetBoth();
    }

    /// <summary>A reset that a side caused itself: no fault, so no damage.</summary>
    internal void ResetBoth()
    {
        if (IsReset)
            return;
        IsReset = true;
        _fabric.Loop.Record(TraceKind.ConnectionReset, Id);
        _toServer.Break();
        _toClient.Break();
    }

    internal void AddDamage(DamageKind kind, Direction direction, long offset, byte before = 0, byte after = 0)
    {
        _damage.Add(new Damage(kind, direction, offset, _fabric.Loop.NowNanoseconds, before, after));
        _fabric.Loop.Record(TraceKind.Fault, (Id * 2) + (int)direction, offset, (before << 8) | after, NameOf(kind));
    }

    internal void RecordShutdown(Pipe outgoing) =>
        _fabric.Loop.Record(TraceKind.ShutDown, (Id * 2) + (int)outgoing.Direction, outgoing.SentBytes);

    internal void JudgeAgain()
    {
        _toServer.JudgeAgain();
        _toClient.JudgeAgain();
    }

    /// <summary>Arrives at its listener.</summary>
    protected internal override void Fire()
    {
        WasRefused = !_fabric.TryHandOver(this);
        _fabric.Loop.Record(TraceKind.Arrived, Id, WasRefused ? 0 : 1);
    }

    private static string NameOf(DamageKind kind) => kind switch
    {
        DamageKind.Delayed => "delayed",
        DamageKind.Held => "held",
        DamageKind.Corrupted => "corrupted",
        DamageKind.Truncated => "truncated",
        _ => "reset",
    };

    private Pipe PipeOf(Direction direction) => direction == Direction.ClientToServer ? _toServer : _toClient;
}
