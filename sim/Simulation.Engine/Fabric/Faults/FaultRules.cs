using Simulation.Engine.Loop;

namespace Simulation.Engine.Fabric.Faults;

/// <summary>The faults of a fabric, in order. A rule is removed by disposing its guard; what it put off is then judged anew.</summary>
public sealed class FaultRules
{
    private readonly NetworkFabric _fabric;
    private readonly List<Guard> _guards = [];
    private FaultDecision[] _decisions = new FaultDecision[8];

    internal FaultRules(NetworkFabric fabric) => _fabric = fabric;

    /// <summary>How many faults were added and not removed.</summary>
    public int Count => _guards.Count;

    /// <summary>Adds a rule behind the others.</summary>
    /// <param name="rule">The rule; it is asked about every chunk not yet delivered.</param>
    /// <returns>Disposing it removes the rule.</returns>
    public IDisposable Add(IFaultRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return Keep(new Guard(this, rule, timed: null));
    }

    /// <summary>Resets every connection meant at a virtual time, whatever it is doing then.</summary>
    /// <param name="target">Which connections; the direction does not matter.</param>
    /// <param name="atNanoseconds">When.</param>
    /// <returns>Disposing it before that time calls the fault off.</returns>
    public IDisposable ResetAt(FaultTarget target, long atNanoseconds) =>
        KeepTimed(target, atNanoseconds, connection => connection.Reset());

    /// <summary>Ends every stream meant at a virtual time: what has not been delivered then goes nowhere.</summary>
    /// <param name="target">Which streams.</param>
    /// <param name="atNanoseconds">When.</param>
    /// <returns>Disposing it before that time calls the fault off.</returns>
    public IDisposable TruncateAt(FaultTarget target, long atNanoseconds) =>
        KeepTimed(target, atNanoseconds, connection => connection.Truncate(target.Direction));

    /// <summary>Ends all faults, for the phase in which the system must recover: rules are removed, faults to come are called off, and
    /// what was put off is delivered. Damage done stays done.</summary>
    public void StopAll()
    {
        foreach (Guard guard in _guards)
            guard.CallOff();
        _guards.Clear();
        _fabric.JudgeAgain();
    }

    internal void Reset() => _guards.Clear();

    /// <summary>Asks all rules; the decisions stand in their order until the next question.</summary>
    internal ReadOnlySpan<FaultDecision> Judge(in FaultContext context)
    {
        if (_decisions.Length < _guards.Count)
            Array.Resize(ref _decisions, _guards.Count * 2);
        int count = 0;
        foreach (Guard guard in _guards)
        {
            FaultDecision decision = guard.Rule?.Decide(context) ?? FaultDecision.Pass;
            if (decision.Action != FaultAction.Pass)
                _decisions[count++] = decision;
        }

        return _decisions.AsSpan(0, count);
    }

    private Guard KeepTimed(FaultTarget target, long atNanoseconds, Action<FabricConnection> fault)
    {
        TimedEvent timed = _fabric.Loop.At(atNanoseconds, () =>
        {
            foreach (FabricConnection connection in _fabric.Connections)
            {
                if (target.Matches(connection))
                    fault(connection);
            }
        });
        return Keep(new Guard(this, rule: null, timed));
    }

    private Guard Keep(Guard guard)
    {
        _guards.Add(guard);
        return guard;
    }

    private sealed class Guard(FaultRules rules, IFaultRule? rule, TimedEvent? timed) : IDisposable
    {
        public IFaultRule? Rule => rule;

        public void CallOff()
        {
            if (timed is not null)
                rules._fabric.Loop.Cancel(timed);
        }

        public void Dispose()
        {
            if (!rules._guards.Remove(this))
                return;
            CallOff();
            rules._fabric.JudgeAgain();
        }
    }
}
