using Simulation.Engine.Fabric;
using Simulation.Engine.Fabric.Faults;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>Turns the faults of a scenario into rules of the fabric, events of the clock, and bytes of a file.</summary>
internal static class FaultInjector
{
    /// <summary>Arms faults of connections and of the wall clock.</summary>
    public static void Arm(SimulationLoop loop, NetworkFabric fabric, IReadOnlyList<FaultOptions> faults)
    {
        foreach (FaultOptions fault in faults)
        {
            FaultTarget target = new(fault.Connection, fault.Direction);
            if (fault.Kind == FaultKind.WallClockJump)
                loop.At(fault.AtNanoseconds, () => loop.TimeProvider.JumpWallClock(fault.DurationNanoseconds));
            else if (fault is { Kind: FaultKind.Reset, OffsetBytes: null })
                fabric.Faults.ResetAt(target, fault.AtNanoseconds);
            else if (fault is { Kind: FaultKind.Truncate, OffsetBytes: null })
                fabric.Faults.TruncateAt(target, fault.AtNanoseconds);
            else
                fabric.Faults.Add(RuleOf(fault, target, loop.Streams.SeedOf("fault")));
        }
    }

    /// <summary>Does to a file what can be done to a file.</summary>
    /// <param name="content">The file as written.</param>
    /// <param name="faults">The faults.</param>
    /// <param name="fails">Whether reading beyond what is left is an error and not the end.</param>
    /// <returns>The file as it is read: the same memory where nothing happened.</returns>
    public static ReadOnlyMemory<byte> Damage(ReadOnlyMemory<byte> content, IReadOnlyList<FaultOptions> faults, out bool fails)
    {
        fails = false;
        byte[]? damaged = null;
        int length = content.Length;
        foreach (FaultOptions fault in faults)
        {
            int offset = (int)Math.Min(fault.OffsetBytes ?? length, length);
            if (fault.Kind == FaultKind.Corrupt && offset < length)
                (damaged ??= content.ToArray())[offset] ^= fault.Mask;
            else if (fault.Kind is FaultKind.Truncate or FaultKind.Reset && offset < length)
                (length, fails) = (offset, fault.Kind == FaultKind.Reset);
        }

        return damaged is null ? content[..length] : damaged.AsMemory(0, length);
    }

    private static IFaultRule RuleOf(FaultOptions fault, FaultTarget target, ulong seed) => fault.Kind switch
    {
        FaultKind.Reset => new ResetRule(target, fault.OffsetBytes!.Value),
        FaultKind.Truncate => new TruncationRule(target, fault.OffsetBytes!.Value),
        FaultKind.Corrupt => new CorruptionRule(target, fault.OffsetBytes!.Value, fault.Mask),
        FaultKind.Delay => new DelayRule(target, fault.DurationNanoseconds, fault.Share, seed),
        FaultKind.Stall => new StallRule(target, fault.AtNanoseconds, fault.AtNanoseconds + fault.DurationNanoseconds),
        _ => new HoldRule(target, fault.OffsetBytes!.Value),
    };
}
