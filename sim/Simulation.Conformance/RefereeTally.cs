namespace Simulation.Conformance;

/// <summary>What a session has seen of one QEMU.</summary>
/// <param name="qemu">The QEMU.</param>
internal sealed class RefereeTally(QemuProgram qemu)
{
    /// <summary>The QEMU.</summary>
    public QemuProgram Qemu => qemu;

    /// <summary>Cases heard.</summary>
    public long Cases { get; private set; }

    /// <summary>Cases that the harness could not hear.</summary>
    public long Failures { get; private set; }

    /// <summary>Disagreements by class.</summary>
    public SortedDictionary<Blame, long> ByBlame { get; } = [];

    /// <summary>Deviations that were met, by id, with how often.</summary>
    public SortedDictionary<string, long> ByDeviation { get; } = new(StringComparer.Ordinal);

    /// <summary>How the cases ended, by QEMU.</summary>
    public SortedDictionary<EndKind, long> ByEnd { get; } = [];

    /// <summary>The disagreements that somebody has to look at.</summary>
    public List<JudgedCase> Findings { get; } = [];

    /// <summary>The first case that the harness could not hear, or null.</summary>
    public JudgedCase? FirstFailure { get; private set; }

    /// <summary>Adds a case.</summary>
    /// <param name="judged">The case.</param>
    public void Add(JudgedCase judged)
    {
        Cases++;
        if (judged.Ruling is not { } ruling)
        {
            Failures++;
            FirstFailure ??= judged;
            return;
        }

        Count(ByBlame, ruling.Blame);
        Count(ByEnd, judged.Hearing!.Qemu.Kind);
        if (ruling.Deviation is { } id)
            Count(ByDeviation, id);
        if (ruling.IsFinding)
            Findings.Add(judged);
    }

    private static void Count<T>(SortedDictionary<T, long> counts, T key)
        where T : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
}
