namespace Simulation.Schedules.Models;

/// <summary>A piece of what the source says on a connection: one read gets one portion at most.</summary>
/// <param name="Bytes">The bytes.</param>
public readonly record struct ModelPortion(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The page that the source has to be asked for before it says this, and whose urgent record this may be; -1 where it waits
    /// for nothing.</summary>
    public int Requested { get; init; } = -1;

    /// <summary>The page that this brings again in a recovery: left out where the destination's bitmap has it. -1 where it is said in any
    /// case.</summary>
    public int Again { get; init; } = -1;

    /// <summary>Whether the source has to have the destination's bitmap before it says this.</summary>
    public bool NeedsBitmap { get; init; }
}
