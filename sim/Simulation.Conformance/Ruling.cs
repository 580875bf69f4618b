namespace Simulation.Conformance;

/// <summary>Whose a disagreement is.</summary>
internal enum Blame
{
    /// <summary>There is none.</summary>
    Nobody,

    /// <summary>A deviation of ours that is on the list, with its reason.</summary>
    KnownDeviation,

    /// <summary>Our destination's: the two others agree.</summary>
    Ours,

    /// <summary>The oracle's: the two destinations agree.</summary>
    Oracle,

    /// <summary>Our destination and the oracle agree with each other and not with QEMU, or all three differ: a misreading that both
    /// share, or a deviation that is not on the list.</summary>
    OursAndOracle,

    /// <summary>QEMU's own: it crashed or hung.</summary>
    Qemu,

    /// <summary>Nobody's: this QEMU does not have what the case needs.</summary>
    Unsupported,

    /// <summary>QEMU ends differently from run to run, and at least once as it must: a rate, and nobody's verdict.</summary>
    Chance,
}

/// <summary>What the referee says of a case.</summary>
/// <param name="Blame">Whose the disagreement is.</param>
/// <param name="Deviation">The id of the deviation that explains it, or null.</param>
/// <param name="Disagreement">One sentence about who said what; empty where all agree.</param>
internal sealed record Ruling(Blame Blame, string? Deviation, string Disagreement)
{
    /// <summary>All three agree.</summary>
    public static Ruling Agreement { get; } = new(Blame.Nobody, null, "");

    /// <summary>Whether somebody has to look at it.</summary>
    public bool IsFinding => Blame is not (Blame.Nobody or Blame.KnownDeviation or Blame.Chance or Blame.Unsupported);
}
