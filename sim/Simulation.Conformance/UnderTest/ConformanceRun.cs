using Simulation.Oracle;

namespace Simulation.Conformance.UnderTest;

/// <summary>What a destination under test did with a case, as far as it can be seen.</summary>
/// <param name="Case">The case.</param>
/// <param name="End">How it ended.</param>
/// <param name="Oracle">How it must end.</param>
internal sealed record ConformanceRun(RefereeCase Case, TrialEnd End, OracleVerdict Oracle)
{
    /// <summary>When QMP was silent, a clause each.</summary>
    public required IReadOnlyList<string> Silences { get; init; }

    /// <summary>What was refused that must be granted, a sentence each.</summary>
    public required IReadOnlyList<string> Refusals { get; init; }

    /// <summary>The status when strangers had come and the source had not; null where none came, or nobody looked.</summary>
    public required string? StatusBehindStrangers { get; init; }

    /// <summary>The events: the status of MIGRATION, the name of any other.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>Whether it has begun before anybody heard its events.</summary>
    public required bool MissesBeginning { get; init; }

    /// <summary>Whether a failure is also the process's end, since nobody can tell it to stay.</summary>
    public required bool ExitsOnError { get; init; }

    /// <summary>What it said of its migration.</summary>
    public required FigureLog Figures { get; init; }

    /// <summary>What our own destination made of it in virtual time.</summary>
    public required TrialEnd Virtual { get; init; }

    /// <summary>The three side by side, as the referee sees them.</summary>
    public Hearing Hearing => new(Case, Virtual, Oracle, End);

    /// <summary>Whether it died, hung or fell silent: nothing else can be judged then.</summary>
    public bool IsLost => End.Kind is EndKind.Crashed or EndKind.Hung;
}
