namespace Simulation.Conformance.Drawn;

/// <summary>What a campaign of drawn scenarios has seen of a program under test.</summary>
internal sealed class DrawnTally
{
    private readonly List<DrawnVerdict> _news = [];

    /// <summary>Scenarios that were looked at.</summary>
    public long Scenarios { get; private set; }

    /// <summary>How many ended how.</summary>
    public SortedDictionary<DrawnOutcome, long> ByOutcome { get; } = [];

    /// <summary>How many did not apply, by reason.</summary>
    public SortedDictionary<string, long> ByReason { get; } = new(StringComparer.Ordinal);

    /// <summary>Listed faults that were met, with how often and the first scenario that did.</summary>
    public SortedDictionary<string, (long Count, DrawnVerdict First)> ByFault { get; } = new(StringComparer.Ordinal);

    /// <summary>What no listed fault explains.</summary>
    public IReadOnlyList<DrawnVerdict> News => _news;

    /// <summary>The first scenario that the harness could not judge, or null.</summary>
    public DrawnVerdict? FirstFailure { get; private set; }

    /// <summary>Adds a scenario.</summary>
    /// <param name="verdict">What was said of it.</param>
    public void Add(DrawnVerdict verdict)
    {
        Scenarios++;
        ByOutcome[verdict.Outcome] = ByOutcome.GetValueOrDefault(verdict.Outcome) + 1;
        switch (verdict.Outcome)
        {
            case DrawnOutcome.NotApplicable:
                ByReason[verdict.Message] = ByReason.GetValueOrDefault(verdict.Message) + 1;
                break;
            case DrawnOutcome.Listed:
                ByFault[verdict.KnownFault!] = ByFault.TryGetValue(verdict.KnownFault!, out var met) ? (met.Count + 1, met.First) : (1, verdict);
                break;
            case DrawnOutcome.New:
                _news.Add(verdict);
                break;
            case DrawnOutcome.HarnessFailed:
                FirstFailure ??= verdict;
                break;
        }
    }
}
