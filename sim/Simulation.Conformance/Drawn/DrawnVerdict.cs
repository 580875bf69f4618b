using Simulation.Conformance.UnderTest;

namespace Simulation.Conformance.Drawn;

/// <summary>How a drawn scenario ended for a program under test.</summary>
internal enum DrawnOutcome
{
    /// <summary>Every property held.</summary>
    Held,

    /// <summary>The program, or a source that it can have, has not what the scenario needs.</summary>
    NotApplicable,

    /// <summary>A property was violated, and a listed fault explains it.</summary>
    Listed,

    /// <summary>A property was violated, and no listed fault explains it.</summary>
    New,

    /// <summary>The harness failed.</summary>
    HarnessFailed,
}

/// <summary>What is said of a drawn scenario and a program under test.</summary>
/// <param name="Name">The scenario's token or file.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">One sentence: what was wrong, or why it does not apply; empty where it held.</param>
internal sealed record DrawnVerdict(string Name, ulong Seed, DrawnOutcome Outcome, string Message)
{
    /// <summary>What was violated, or null.</summary>
    public ConformanceProperty? Property { get; init; }

    /// <summary>The listed fault that explains it, or null.</summary>
    public string? KnownFault { get; init; }

    /// <summary>In how many runs it was violated.</summary>
    public int Violations { get; init; }

    /// <summary>How often it was run.</summary>
    public int Runs { get; init; }

    /// <summary>Wall-clock time it took.</summary>
    public TimeSpan Wall { get; init; }
}
