using Simulation.Engine.Choices;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Scheduling;

/// <summary>The seed picks one strategy for the whole run: no strategy finds every bug first, and together they miss the fewest.</summary>
public sealed class PortfolioStrategy : SchedulingStrategy
{
    private readonly SchedulingStrategy[] _members;
    private readonly Prng _prng = new(0);

    /// <summary>Makes a portfolio.</summary>
    /// <param name="members">At least one, of its own.</param>
    public PortfolioStrategy(params SchedulingStrategy[] members)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentOutOfRangeException.ThrowIfZero(members.Length);
        _members = members;
        Chosen = members[0];
    }

    /// <inheritdoc/>
    public override string Name => "portfolio";

    /// <summary>The strategy of this run.</summary>
    public SchedulingStrategy Chosen { get; private set; }

    /// <inheritdoc/>
    public override bool DependsOnLength => Chosen.DependsOnLength;

    /// <inheritdoc/>
    public override int LengthInDecisions
    {
        get => Chosen.LengthInDecisions;
        set => Chosen.LengthInDecisions = value;
    }

    /// <inheritdoc/>
    public override void Reset(ulong seed)
    {
        _prng.Reseed(seed);
        Chosen = _members[_prng.NextInt(_members.Length)];
        Chosen.Reset(_prng.NextUInt64());
    }

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current) => Chosen.Propose(ready, current);
}
