using Simulation.Engine.Choices;

namespace Simulation.Engine.Fabric.Faults;

/// <summary>Some chunks arrive later by a fixed time. On one of several connections: delivery reordered across them.</summary>
/// <param name="Target">Which streams.</param>
/// <param name="DelayNanoseconds">How much later.</param>
/// <param name="Share">How many of the chunks, drawn by their offset.</param>
/// <param name="Seed">For the draw.</param>
public sealed record DelayRule(FaultTarget Target, long DelayNanoseconds, Ratio Share, ulong Seed) : IFaultRule
{
    /// <inheritdoc/>
    public FaultDecision Decide(in FaultContext context)
    {
        ulong draw = StableHash.Combine(Seed, unchecked((ulong)context.StartBytes)) % (ulong)Share.Denominator;
        return Target.Matches(context) && draw < (ulong)Share.Numerator
            ? FaultDecision.NotBefore(context.ArrivalNanoseconds + DelayNanoseconds)
            : FaultDecision.Pass;
    }
}

/// <summary>Nothing is delivered between two times.</summary>
/// <param name="Target">Which streams.</param>
/// <param name="FromNanoseconds">The first instant of the stall.</param>
/// <param name="UntilNanoseconds">The first instant behind it; <see cref="long.MaxValue"/> for until the rule is removed.</param>
public sealed record StallRule(FaultTarget Target, long FromNanoseconds, long UntilNanoseconds) : IFaultRule
{
    /// <inheritdoc/>
    public FaultDecision Decide(in FaultContext context)
    {
        bool isStalled = context.NowNanoseconds >= FromNanoseconds && context.NowNanoseconds < UntilNanoseconds;
        return !isStalled || !Target.Matches(context) ? FaultDecision.Pass
            : UntilNanoseconds == long.MaxValue ? FaultDecision.Hold
            : FaultDecision.NotBefore(UntilNanoseconds);
    }
}

/// <summary>From an offset on nothing is delivered until the rule is removed. Bytes of the same chunk before the offset wait too.</summary>
/// <param name="Target">Which streams.</param>
/// <param name="OffsetBytes">Absolute offset in the stream.</param>
public sealed record HoldRule(FaultTarget Target, long OffsetBytes) : IFaultRule
{
    /// <inheritdoc/>
    public FaultDecision Decide(in FaultContext context) =>
        Target.Matches(context) && context.EndBytes > OffsetBytes ? FaultDecision.Hold : FaultDecision.Pass;
}

/// <summary>Bits of one byte flip.</summary>
/// <param name="Target">Which streams.</param>
/// <param name="OffsetBytes">Absolute offset of the byte.</param>
/// <param name="Mask">Which bits, not 0.</param>
public sealed record CorruptionRule(FaultTarget Target, long OffsetBytes, byte Mask) : IFaultRule
{
    /// <inheritdoc/>
    public FaultDecision Decide(in FaultContext context) =>
        Target.Matches(context) && OffsetBytes >= context.StartBytes && OffsetBytes < context.EndBytes
            ? FaultDecision.Corrupt(OffsetBytes, Mask)
            : FaultDecision.Pass;
}

/// <summary>The stream ends at an offset, as if its writer had ended it there.</summary>
/// <param name="Target">Which streams.</param>
/// <param name="OffsetBytes">How many bytes are delivered.</param>
public sealed record TruncationRule(FaultTarget Target, long OffsetBytes) : IFaultRule
{
    /// <inheritdoc/>
    public FaultDecision Decide(in FaultContext context) =>
        Target.Matches(context) && OffsetBytes >= context.StartBytes && OffsetBytes <= context.EndBytes
            ? FaultDecision.TruncateAt(OffsetBytes)
            : FaultDecision.Pass;
}

/// <summary>The connection is reset at an offset.</summary>
/// <param name="Target">Which streams.</param>
/// <param name="OffsetBytes">How many bytes are delivered.</param>
public sealed record ResetRule(FaultTarget Target, long OffsetBytes) : IFaultRule
{
    /// <inheritdoc/>
    public FaultDecision Decide(in FaultContext context) =>
        Target.Matches(context) && OffsetBytes >= context.StartBytes && OffsetBytes <= context.EndBytes
            ? FaultDecision.ResetAt(OffsetBytes)
            : FaultDecision.Pass;
}
