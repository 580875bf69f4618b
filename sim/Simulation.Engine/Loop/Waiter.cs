using System.Threading.Tasks.Sources;

namespace Simulation.Engine.Loop;

/// <summary>
/// Lets one logical task wait until another wakes it; reusable, without allocation. A wake that finds nobody waiting is lost: the
/// waiting task checks its condition first, and again afterwards.
/// </summary>
/// <param name="loop">The loop whose tasks wait.</param>
public sealed class Waiter(SimulationLoop loop) : IValueTaskSource
{
    private WaitCore _core;

    /// <summary>Whether a task waits.</summary>
    public bool IsWaiting => _core.IsWaiting(loop);

    /// <summary>Waits to be woken.</summary>
    /// <param name="site">Where, for reports; a constant.</param>
    /// <returns>Completes after <see cref="Wake"/>; to be awaited once, at once.</returns>
    /// <exception cref="InvalidOperationException">Another task already waits.</exception>
    public ValueTask WaitAsync(string site) => new(this, _core.Begin(loop, site));

    /// <summary>Wakes the task that waits, if one does.</summary>
    /// <returns>Whether one did.</returns>
    public bool Wake() => _core.Complete(loop);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(loop, continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => _core.End(token);
}
