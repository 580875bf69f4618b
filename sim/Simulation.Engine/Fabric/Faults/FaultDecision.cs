namespace Simulation.Engine.Fabric.Faults;

/// <summary>What a rule wants done with a chunk.</summary>
public enum FaultAction
{
    /// <summary>Nothing.</summary>
    Pass,

    /// <summary>Deliver it later; everything behind it on this stream waits too.</summary>
    NotBefore,

    /// <summary>Deliver it when the rule has been removed.</summary>
    Hold,

    /// <summary>Change a byte.</summary>
    Corrupt,

    /// <summary>End the stream at an offset.</summary>
    Truncate,

    /// <summary>Reset the connection at an offset.</summary>
    Reset,
}

/// <summary>The answer of a rule.</summary>
public readonly record struct FaultDecision
{
    private FaultDecision(FaultAction action, long value, byte mask = 0)
    {
        Action = action;
        Value = value;
        Mask = mask;
    }

    /// <summary>What to do.</summary>
    public FaultAction Action { get; }

    /// <summary>A virtual time for <see cref="FaultAction.NotBefore"/>, else an absolute offset in the stream.</summary>
    public long Value { get; }

    /// <summary>For <see cref="FaultAction.Corrupt"/>: the bits that flip, not 0.</summary>
    public byte Mask { get; }

    /// <summary>Deliver the chunk as it is.</summary>
    public static FaultDecision Pass => default;

    /// <summary>Deliver the chunk when this rule has been removed.</summary>
    public static FaultDecision Hold => new(FaultAction.Hold, 0);

    /// <summary>Deliver the chunk not before a time; the rule is asked again then.</summary>
    /// <param name="nanoseconds">Virtual time. One gone by lets the chunk pass: make it of the arrival, not of the present.</param>
    /// <returns>The decision.</returns>
    public static FaultDecision NotBefore(long nanoseconds) => new(FaultAction.NotBefore, nanoseconds);

    /// <summary>Flip bits of one byte of this chunk.</summary>
    /// <param name="offsetBytes">Absolute offset, within the chunk.</param>
    /// <param name="mask">Which bits, not 0.</param>
    /// <returns>The decision.</returns>
    public static FaultDecision Corrupt(long offsetBytes, byte mask)
    {
        ArgumentOutOfRangeException.ThrowIfZero(mask);
        return new(FaultAction.Corrupt, offsetBytes, mask);
    }

    /// <summary>End the stream: bytes before the offset are delivered, then the reader sees the end, and the rest goes nowhere.</summary>
    /// <param name="offsetBytes">Absolute offset, from the chunk's start to its end.</param>
    /// <returns>The decision.</returns>
    public static FaultDecision TruncateAt(long offsetBytes) => new(FaultAction.Truncate, offsetBytes);

    /// <summary>Reset the connection: bytes before the offset are delivered, then both sides fail.</summary>
    /// <param name="offsetBytes">Absolute offset, from the chunk's start to its end.</param>
    /// <returns>The decision.</returns>
    public static FaultDecision ResetAt(long offsetBytes) => new(FaultAction.Reset, offsetBytes);
}
