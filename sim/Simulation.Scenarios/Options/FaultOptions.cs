using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;

namespace Simulation.Scenarios.Options;

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>The stream ends, as if its writer had closed it.</summary>
    Truncate,

    /// <summary>Bits of one byte flip; in a file too.</summary>
    Corrupt,

    /// <summary>Some chunks arrive later.</summary>
    Delay,

    /// <summary>Nothing arrives for a while.</summary>
    Stall,

    /// <summary>From an offset on nothing arrives until faults end.</summary>
    Hold,

    /// <summary>The wall clock jumps.</summary>
    WallClockJump,
}

/// <summary>One thing that goes wrong. A connection is named "main" or "multifd/N"; a file is the connection "main".</summary>
public sealed record FaultOptions
{
    /// <summary>What.</summary>
    public FaultKind Kind { get; init; }

    /// <summary>On which connection; absent for all of them.</summary>
    public string? Connection { get; init; }

    /// <summary>On which of its streams: the client is the source.</summary>
    public Direction Direction { get; init; }

    /// <summary>At which byte of the stream. Absent: at <see cref="AtNanoseconds"/>.</summary>
    public long? OffsetBytes { get; init; }

    /// <summary>At which virtual time, for what is not bound to an offset.</summary>
    public long AtNanoseconds { get; init; }

    /// <summary>How long a stall lasts, how much later a chunk arrives, how far the wall clock jumps (back when negative).</summary>
    public long DurationNanoseconds { get; init; }

    /// <summary>Which bits flip, not 0, for a corruption.</summary>
    public byte Mask { get; init; }

    /// <summary>How many of the chunks are delayed.</summary>
    public Ratio Share { get; init; }
}

/// <summary>What a stranger does when it has connected.</summary>
public enum StrangerKind
{
    /// <summary>It closes at once: a port scan.</summary>
    Closes,

    /// <summary>It says nothing, or less than four bytes, and stays until faults end.</summary>
    Idles,

    /// <summary>It sends bytes that are no migration, and closes.</summary>
    Babbles,

    /// <summary>It begins as a source does, goes on with bytes that are no migration, and closes.</summary>
    Imitates,

    /// <summary>It comes when the migration is under way, says that it is its multifd channel 0, and closes.</summary>
    ComesLate,
}

/// <summary>A connection that does not come from the source.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="AtNanoseconds">When it connects, in virtual nanoseconds.</param>
/// <param name="Bytes">How many bytes it sends; an idle one at most 3.</param>
public sealed record StrangerOptions(StrangerKind Kind, long AtNanoseconds, int Bytes);
