namespace Simulation.Conformance.UnderTest;

/// <summary>A known fault of QEMU.</summary>
/// <param name="Id">Its id in the stream reference, section 9, or in the list of deviations.</param>
/// <param name="ShowsIn">The properties that it violates.</param>
internal sealed record KnownFault(string Id, params IReadOnlyList<ConformanceProperty> ShowsIn);

/// <summary>A row of the table of <c>simulate conform</c>: a migration with a capability, under a fault.</summary>
internal sealed record ConformanceCase
{
    /// <summary>The capability, or what else the migration has.</summary>
    public required string Capability { get; init; }

    /// <summary>What goes wrong; "none" where nothing does.</summary>
    public required string Fault { get; init; }

    /// <summary>Records the migration as a source of a kind writes it; null where that source cannot do it.</summary>
    public required Func<SourceDialect, RefereeCase?> Record { get; init; }

    /// <summary>Connects and sends.</summary>
    public required Func<ProcessTrial, Task> Source { get; init; }

    /// <summary>The known fault of QEMU that it meets, or null where there is none or any may show.</summary>
    public KnownFault? KnownFault { get; init; }

    /// <summary>Says which known fault explains a violation, or null; absent where <see cref="KnownFault"/> does, or the bytes alone do.</summary>
    public Func<ConformanceProperty, ConformanceRun, string?>? Explain { get; init; }

    /// <summary>Whether the destination has to be told over QMP to listen.</summary>
    public bool NeedsMigrateIncoming { get; init; }

    /// <summary>Whether timing decides what comes of it, so that it is repeated.</summary>
    public bool IsRace { get; init; }

    /// <summary>Whether nobody but the source connects, so that the same can be played in virtual time.</summary>
    public bool IsSourceAlone { get; init; } = true;

    /// <summary>The rules of its figures; null where they are not looked at.</summary>
    public FigureRules? Figures { get; init; }

    /// <summary>What it is judged by.</summary>
    public IReadOnlyList<ConformanceProperty> Properties { get; init; } =
        [ConformanceProperties.Liveness, ConformanceProperties.Outcome, ConformanceProperties.Reports, ConformanceProperties.Virtual];

    /// <summary>What names it on a command line.</summary>
    public string Name => $"{Capability}/{Fault}".Replace(' ', '-');
}
