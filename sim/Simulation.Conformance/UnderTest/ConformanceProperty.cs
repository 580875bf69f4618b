namespace Simulation.Conformance.UnderTest;

/// <summary>What a check needs to know of the program.</summary>
internal enum Facts
{
    /// <summary>What anybody sees: connections, QMP, the RAM file, the process.</summary>
    BlackBox,

    /// <summary>What is known of this project's own destination only.</summary>
    WhiteBox,
}

/// <summary>A property of a destination under a fault.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Meaning">What holds, one sentence.</param>
/// <param name="Needs">What it needs to know.</param>
/// <param name="Judge">Returns one sentence about what is wrong, or null.</param>
internal sealed record ConformanceProperty(string Name, string Meaning, Facts Needs, Func<ConformanceRun, string?> Judge)
{
    /// <summary>Whether it also says something of a program that has died or hung.</summary>
    public bool JudgesTheLost { get; init; }
}
