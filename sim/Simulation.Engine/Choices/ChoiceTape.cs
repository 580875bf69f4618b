namespace Simulation.Engine.Choices;

/// <summary>
/// Records the decisions of a run while it may replay those of another. Replay is loose: where a recorded decision no longer fits,
/// the one proposed by the seeded generator is taken, the place is remembered, and the following decisions are tried again.
/// </summary>
public sealed class ChoiceTape
{
    private ChoiceLog? _replay;

    /// <summary>The decisions of this run so far. Reused by the next run: copy what is to be kept.</summary>
    public ChoiceLog Recorded { get; } = new();

    /// <summary>The first decision of which the replayed log had one that did not fit, or null. Decisions behind the end of the
    /// replayed log are no divergence: a log may be a beginning.</summary>
    public Divergence? FirstDivergence { get; private set; }

    /// <summary>How many decisions of the replayed log were not reached.</summary>
    public int UnusedCount => Math.Max(0, (_replay?.Count ?? 0) - Recorded.Count);

    /// <summary>Starts a new run.</summary>
    /// <param name="replay">The decisions to take again, not to be changed meanwhile; null for none.</param>
    /// <exception cref="ArgumentException">The log is the one recorded into.</exception>
    public void Reset(ChoiceLog? replay = null)
    {
        if (ReferenceEquals(replay, Recorded))
            throw new ArgumentException("replay a copy: the log is being recorded into", nameof(replay));
        _replay = replay;
        Recorded.Clear();
        FirstDivergence = null;
    }

    /// <summary>Takes a decision and records it.</summary>
    /// <param name="site">Where; a constant, since only the reference is kept.</param>
    /// <param name="bound">How many ways there are, at least 1.</param>
    /// <param name="proposal">What the seeded generator says, 0 to <paramref name="bound"/> - 1. Drawn in a replay too, so that the
    /// generator stands where it would stand.</param>
    /// <returns>The way to take.</returns>
    public int Decide(string site, int bound, int proposal)
    {
        int index = Recorded.Count;
        int value = proposal;
        if (_replay is not null && index < _replay.Count)
        {
            Choice recorded = _replay[index];
            if (recorded.Fits(site, bound))
                value = recorded.Value;
            else
                FirstDivergence ??= new Divergence(index, recorded, site, bound);
        }

        Recorded.Add(new Choice(site, bound, value));
        return value;
    }
}
