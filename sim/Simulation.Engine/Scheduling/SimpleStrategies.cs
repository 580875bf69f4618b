using Simulation.Engine.Choices;
using Simulation.Engine.Loop;

namespace Simulation.Engine.Scheduling;

/// <summary>In the order in which tasks became ready: the plain simulation, with nothing drawn.</summary>
public sealed class FifoStrategy : SchedulingStrategy
{
    /// <inheritdoc/>
    public override string Name => "fifo";

    /// <inheritdoc/>
    public override void Reset(ulong seed)
    {
    }

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current) => 0;
}

/// <summary>The current task as long as it can go on: the base of a shrunk schedule, in which only the few decisions that matter are
/// another.</summary>
public sealed class ContinueStrategy : SchedulingStrategy
{
    /// <inheritdoc/>
    public override string Name => "continue";

    /// <inheritdoc/>
    public override void Reset(ulong seed)
    {
    }

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current) => Math.Max(current, 0);
}

/// <summary>Any ready task, each as likely.</summary>
public sealed class RandomStrategy : SchedulingStrategy
{
    private readonly Prng _prng = new(0);

    /// <inheritdoc/>
    public override string Name => "random";

    /// <inheritdoc/>
    public override void Reset(ulong seed) => _prng.Reseed(seed);

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current) => _prng.NextInt(ready.Length);
}

/// <summary>The current task mostly, and now and then any: long stretches, with preemptions at random places.</summary>
/// <param name="preemption">How often to leave the current task.</param>
public sealed class StickyStrategy(Ratio preemption) : SchedulingStrategy
{
    private readonly Prng _prng = new(0);

    /// <inheritdoc/>
    public override string Name => "sticky";

    /// <inheritdoc/>
    public override void Reset(ulong seed) => _prng.Reseed(seed);

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current) =>
        current >= 0 && !_prng.Chance(preemption) ? current : _prng.NextInt(ready.Length);
}

/// <summary>The next task by id behind the one that was chosen last.</summary>
public sealed class RoundRobinStrategy : SchedulingStrategy
{
    private int _lastId;

    /// <inheritdoc/>
    public override string Name => "round-robin";

    /// <summary>The seed decides only who is first.</summary>
    /// <param name="seed">The seed of the schedule's stream.</param>
    public override void Reset(ulong seed) => _lastId = (int)(seed % 8);

    /// <inheritdoc/>
    public override int Propose(ReadOnlySpan<LogicalTask> ready, int current)
    {
        int next = -1;
        int least = 0;
        for (int i = 0; i < ready.Length; i++)
        {
            if (ready[i].Id < ready[least].Id)
                least = i;
            if (ready[i].Id > _lastId && (next < 0 || ready[i].Id < ready[next].Id))
                next = i;
        }

        next = next < 0 ? least : next;
        _lastId = ready[next].Id;
        return next;
    }
}
