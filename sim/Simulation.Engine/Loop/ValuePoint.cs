using System.Threading.Tasks.Sources;

namespace Simulation.Engine.Loop;

/// <summary>
/// A place where another task may run before a value is taken: <see cref="SimulationLoop.Point"/> and what stands behind it, without
/// an asynchronous method between them. Used by one task at a time, again and again.
/// </summary>
/// <typeparam name="T">What is taken.</typeparam>
/// <param name="loop">The loop.</param>
/// <param name="take">Takes the value, when its task has been chosen again. It may throw.</param>
public sealed class ValuePoint<T>(SimulationLoop loop, Func<T> take) : IValueTaskSource<T>
{
    /// <summary>Lets others run, then takes the value.</summary>
    /// <param name="site">A stable name of the place; a constant.</param>
    /// <returns>The value; to be awaited once, at once.</returns>
    public ValueTask<T> TakeAsync(string site) =>
        loop.Point(site).IsCompleted ? new ValueTask<T>(take()) : new ValueTask<T>(this, 0);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => ValueTaskSourceStatus.Pending;

    void IValueTaskSource<T>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        loop.Yield(continuation, state, flags);

    T IValueTaskSource<T>.GetResult(short token) => take();
}
