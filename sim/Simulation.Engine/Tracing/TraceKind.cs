namespace Simulation.Engine.Tracing;

/// <summary>What sort of thing happened. Ids below 100 are the engine's; whoever builds on it takes ids from 100.</summary>
/// <param name="Id">A stable number: it goes into the trace hash.</param>
/// <param name="Name">What a time-line calls it.</param>
/// <param name="ArgumentNames">What the arguments mean, for people, with commas between: "offset,length".</param>
public sealed record TraceKind(int Id, string Name, string ArgumentNames = "")
{
    /// <summary>A logical task was spawned; the text is its name.</summary>
    public static TraceKind Spawned { get; } = new(1, "spawned", "task");

    /// <summary>A logical task ran until its next wait.</summary>
    public static TraceKind Step { get; } = new(2, "step", "local step");

    /// <summary>The scheduler chose among several ready tasks.</summary>
    public static TraceKind Decision { get; } = new(3, "decision", "bound,value");

    /// <summary>A logical task ended.</summary>
    public static TraceKind Ended { get; } = new(4, "ended", "task,failed");

    /// <summary>A recorded draw was made; the text is its site.</summary>
    public static TraceKind Drawn { get; } = new(5, "drawn", "bound,value");

    /// <summary>The wall clock jumped.</summary>
    public static TraceKind WallClockJumped { get; } = new(6, "wall clock jumped", "nanoseconds");

    /// <summary>A connection was asked for; the text is its name.</summary>
    public static TraceKind Connecting { get; } = new(20, "connecting", "connection");

    /// <summary>A connection reached its listener, or found none.</summary>
    public static TraceKind Arrived { get; } = new(21, "arrived", "connection,accepted");

    /// <summary>Bytes became readable.</summary>
    public static TraceKind Delivered { get; } = new(22, "delivered", "pipe,offset,length");

    /// <summary>Bytes were read.</summary>
    public static TraceKind Read { get; } = new(23, "read", "pipe,offset,length");

    /// <summary>The end of a direction became readable.</summary>
    public static TraceKind EndDelivered { get; } = new(24, "end delivered", "pipe,offset");

    /// <summary>A connection was reset.</summary>
    public static TraceKind ConnectionReset { get; } = new(25, "connection reset", "connection");

    /// <summary>A fault was injected; the text says which kind.</summary>
    public static TraceKind Fault { get; } = new(26, "fault", "pipe,offset,detail");

    /// <summary>A side shut a connection down.</summary>
    public static TraceKind ShutDown { get; } = new(27, "shut down", "pipe,offset");
}
