namespace Simulation.Engine.Fabric;

/// <summary>What was done to a connection.</summary>
public enum DamageKind
{
    /// <summary>A chunk was delivered later than it arrived.</summary>
    Delayed,

    /// <summary>A chunk was held until a rule was removed.</summary>
    Held,

    /// <summary>A byte was changed.</summary>
    Corrupted,

    /// <summary>The stream ended before its end.</summary>
    Truncated,

    /// <summary>The connection was reset.</summary>
    Reset,
}

/// <summary>The truth beside one fault, so that a check can say what should have been.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Direction">To which stream; for a reset, the one that triggered it.</param>
/// <param name="OffsetBytes">Absolute offset in that stream of the first byte concerned; for an end, the number of bytes delivered.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="Before">The byte as sent, for a corruption.</param>
/// <param name="After">The byte as delivered, for a corruption.</param>
public readonly record struct Damage(
    DamageKind Kind, Direction Direction, long OffsetBytes, long TimeNanoseconds, byte Before = 0, byte After = 0);
