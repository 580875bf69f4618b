namespace Simulation.Conformance.UnderTest;

/// <summary>What a check says of a program.</summary>
internal enum ConformanceVerdict
{
    /// <summary>The property held in each run.</summary>
    Pass,

    /// <summary>It was violated in one run or more.</summary>
    Fail,

    /// <summary>The program, or the source that it can have, has not what the case needs.</summary>
    NotSupported,

    /// <summary>There was nothing to judge: no figure is shown.</summary>
    NotShown,

    /// <summary>Nobody can say: the program has died or hung.</summary>
    NotJudged,

    /// <summary>The harness failed.</summary>
    HarnessFailed,
}

/// <summary>A cell of the table: what a check says of a program.</summary>
/// <param name="Program">The program under test.</param>
/// <param name="Case">The case.</param>
/// <param name="Property">The property.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Message">One sentence about what was wrong or missing; empty for a pass.</param>
internal sealed record ConformanceResult(
    IDestinationProgram Program, ConformanceCase Case, ConformanceProperty Property, ConformanceVerdict Verdict, string Message)
{
    /// <summary>The known fault of QEMU that explains it (stream reference, section 9, or the list of deviations), or null.</summary>
    public string? KnownFault { get; init; }

    /// <summary>What the program showed of each figure, where they were looked at.</summary>
    public IReadOnlyList<FigureFinding> Figures { get; init; } = [];

    /// <summary>In how many runs it was violated.</summary>
    public int Violations { get; init; }

    /// <summary>How often the case was run.</summary>
    public int Runs { get; init; }
}
