using Qemu.Migration.Wire;
using Simulation.Source.Savevm;

namespace Simulation.Source.Deviations;

/// <summary>What comes of a deviation.</summary>
public enum DeviantOutcome
{
    /// <summary>The migration completes, with the RAM of the source.</summary>
    Accepted,

    /// <summary>The migration fails.</summary>
    Rejected,

    /// <summary>
    /// A real destination fails, or hangs for ever where main waits for the channel's SYNC before the channel's failure is known
    /// (stream reference, fault L1); a right one fails.
    /// </summary>
    FailsOrHangs,

    /// <summary>A real destination fails, hangs or dies, from run to run (faults L8, L9 and L19); a right one fails.</summary>
    FailsHangsOrCrashes,

    /// <summary>
    /// As <see cref="FailsHangsOrCrashes"/>, and in fewer than one of a hundred runs a real destination says that it completed: its listening thread
    /// takes the byte that main left for the end of the stream (fault L19).
    /// </summary>
    EndsAnyHow,

    /// <summary>A real destination's process dies; a right one fails.</summary>
    Crashes,

    /// <summary>Postcopy pauses: the guest runs at the destination, and a recovery goes on.</summary>
    Pauses,

    /// <summary>A destination fails, or completes where it is done before it sees the deviation (section 4.6).</summary>
    Races,
}

/// <summary>What is known of a deviant mode.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Site">The structure it takes hold of.</param>
/// <param name="Qemu">What a real destination makes of it, measured with QEMU 10.0.2.</param>
/// <param name="Code">The error a right destination names; None where it accepts; null where the name is not settled.</param>
/// <param name="Apply">Changes the structure.</param>
public sealed record DeviantModeInfo(
    DeviantMode Mode, StructureKind Site, DeviantOutcome Qemu, StreamErrorCode? Code, Action<StructureEditor> Apply)
{
    /// <summary>Which structure of that kind, from 0, where the deviation does not say.</summary>
    public int Occurrence { get; init; }

    /// <summary>Whether a structure of that kind can deviate so; others are passed over and not counted.</summary>
    public Func<StructureEditor, bool> Suits { get; init; } = _ => true;

    /// <summary>Whether the guest runs at the destination by then: a right destination pauses where it would fail before.</summary>
    public bool IsAfterRun { get; init; }

    /// <summary>What a right destination makes of it.</summary>
    public DeviantOutcome Right => Code == StreamErrorCode.None ? DeviantOutcome.Accepted
        : IsAfterRun ? DeviantOutcome.Pauses : DeviantOutcome.Rejected;
}
