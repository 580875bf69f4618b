using Simulation.Engine.Choices;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Scheduling;

/// <summary>
/// PCT (Burckhardt et al., ASPLOS 2010): the ready task of the highest random priority runs, and at <c>depth - 1</c> random decisions
/// the task in front falls behind all others. Finds a bug of that depth with a known probability, provided the length is right.
/// </summary>
public sealed class PctStrategy : SchedulingStrategy
{
    private readonly Prng _prng = new(0);
    private readonly int[] _changePoints;
    private readonly List<long> _priorities = [];
    private int _decision;

    /// <summary>Makes the strategy.</summary>
    /// <param name="depth">The number of ordered steps the bug needs, at least 1.</param>
    /// <param name="lengthInDecisions">How many decisions such a run takes, as measured (<see cref="RunReport.Decisions"/>), at least 1:
    /// with a guessed length the change points fall where nothing happens.</param>
    public PctStrategy(int depth, int lengthInDecisions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthInDecisions, 1);
        _changePoints = new int[depth - 1];
        LengthInDecisions = lengthInDecisions;
    }

    /// <inheritdoc/>
    public override string Name => "pct";

    /// <inheritdoc/>
    public override bool DependsOnLength => true;

    /// <inheritdoc/>
    public override void Reset(ulong seed)
    {
        _prng.Reseed(seed);
        foreach (ref int point in _changePoints.AsSpan())
            point = _prng.NextInt(LengthInDecisions);
        _priorities.Clear();
        _decision = 0;
    }

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current)
    {
        int best = Highest(ready);
        int change = Array.IndexOf(_changePoints, _decision++);
        if (change < 0)
            return best;

        // Start priorities are not negative; a task that falls gets a negative one, lower for an earlier change point.
        _priorities[ready[best].Id] = change - _changePoints.Length;
        return Highest(ready);
    }

    private int Highest(ReadOnlySpan<LogicalTask> ready)
    {
        int best = 0;
        for (int i = 0; i < ready.Length; i++)
        {
            while (_priorities.Count <= ready[i].Id)
                _priorities.Add(_prng.NextLong(long.MaxValue));
            if (_priorities[ready[i].Id] > _priorities[ready[best].Id])
                best = i;
        }

        return best;
    }
}

/// <summary>
/// The ready task of the highest priority, where a priority is a pure hash of (seed, task name, step of that task): adding or dropping
/// a task or a step leaves the order of all others alone, so that a schedule survives the shrinking of its scenario.
/// </summary>
public sealed class HashPctStrategy : SchedulingStrategy
{
    private ulong _seed;

    /// <inheritdoc/>
    public override string Name => "hash-pct";

    /// <inheritdoc/>
    public override void Reset(ulong seed) => _seed = seed;

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current)
    {
        int best = 0;
        ulong bestPriority = 0;
        for (int i = 0; i < ready.Length; i++)
        {
            ulong priority = StableHash.Combine(_seed ^ ready[i].NameHash, (ulong)ready[i].LocalStep);
            if (i == 0 || priority > bestPriority)
                (best, bestPriority) = (i, priority);
        }

        return best;
    }
}
