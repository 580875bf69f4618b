using System.Threading.Tasks.Sources;

namespace Simulation.Engine.Loop;

/// <summary>
/// One wait after another by one task at a time, without allocation: what <see cref="ManualResetValueTaskSourceCore{T}"/> is to the
/// thread pool, for logical tasks. A mutable struct; keep it in a field and never copy it.
/// </summary>
internal struct WaitCore
{
    private LogicalTask? _owner;
    private Action<object?>? _continuation;
    private object? _state;
    private short _version;
    private bool _isComplete;

    /// <summary>Whether a task of this run waits and was not woken yet.</summary>
    public readonly bool IsWaiting(SimulationLoop loop) =>
        _owner is not null && _owner.Run == loop.RunNumber && !_isComplete;

    /// <summary>Begins a wait of the current task.</summary>
    public short Begin(SimulationLoop loop, string site)
    {
        if (_owner is not null && _owner.Run == loop.RunNumber)
            throw new InvalidOperationException($"task '{_owner.Name}' already waits here ({site}); one waiter at a time");
        _owner = loop.RequireCurrent("a wait");
        _owner.Site = site;
        _owner.WaitsInEngine = true;
        _continuation = null;
        _isComplete = false;
        return ++_version;
    }

    public readonly ValueTaskSourceStatus GetStatus(short token)
    {
        Check(token);
        return _isComplete ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
    }

    public void OnCompleted(
        SimulationLoop loop, Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Check(token);
        loop.VerifyAwait(_owner!, flags);
        if (_isComplete)
        {
            loop.Enqueue(_owner!, continuation, state);
            return;
        }

        _continuation = continuation;
        _state = state;
    }

    /// <summary>Wakes the task, if one waits.</summary>
    public bool Complete(SimulationLoop loop)
    {
        if (!IsWaiting(loop))
            return false;
        _isComplete = true;
        if (_continuation is not null)
            loop.Enqueue(_owner!, _continuation, _state);
        return true;
    }

    /// <summary>Ends the wait: the result has been fetched.</summary>
    public void End(short token)
    {
        Check(token);
        if (!_isComplete)
            throw new InvalidOperationException("the result was fetched before the wait was over");
        _owner = null;
        _continuation = null;
        _state = null;
    }

    private readonly void Check(short token)
    {
        if (token != _version || _owner is null)
            throw new InvalidOperationException("this wait is over: a ValueTask is awaited once");
    }
}
