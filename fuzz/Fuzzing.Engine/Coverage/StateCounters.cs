using System.Runtime.InteropServices;

namespace Fuzzing.Engine.Coverage;

/// <summary>
/// Counters of states that a target knows of, where the blocks that are passed do not tell them apart: where one connection was
/// left when another was served. An input that meets a new one is worth keeping as one that passes a new block is.
/// </summary>
public sealed class StateCounters
{
    private readonly byte[] _counters;
    private bool _isDirty;

    /// <summary>Makes counters, all 0.</summary>
    /// <param name="name">What they count.</param>
    /// <param name="count">How many states there are.</param>
    public StateCounters(string name, int count)
    {
        _counters = GC.AllocateArray<byte>(CounterRegion.Padded(count), pinned: true);
        Region = new CounterRegion(Marshal.UnsafeAddrOfPinnedArrayElement(_counters, 0), _counters.Length, new CounterMap(name, []));
    }

    /// <summary>Where an engine reads them.</summary>
    public CounterRegion Region { get; }

    /// <summary>A state was met. A counter stops at 255.</summary>
    /// <param name="state">Its number, from 0.</param>
    public void Meet(int state)
    {
        _isDirty = true;
        if (_counters[state] < byte.MaxValue)
            _counters[state]++;
    }

    /// <summary>Sets all counters to 0.</summary>
    public void Clear()
    {
        if (_isDirty)
            Array.Clear(_counters);
        _isDirty = false;
    }
}
