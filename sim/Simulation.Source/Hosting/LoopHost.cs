using Simulation.Engine.Loop;

namespace Simulation.Source.Hosting;

/// <summary>A source on the simulation's loop: virtual time, each thread a logical task of its own.</summary>
/// <param name="loop">The loop.</param>
public sealed class LoopHost(SimulationLoop loop) : ISourceHost
{
    /// <inheritdoc/>
    public long NowNanoseconds => loop.NowNanoseconds;

    /// <inheritdoc/>
    /// <remarks>Awaited here, in the source's task: a caller may make a <see cref="Task"/> of it, which the loop's own wait is not made
    /// for.</remarks>
    public async ValueTask DelayAsync(long nanoseconds) => await loop.Delay(nanoseconds, "source/delay");

    /// <inheritdoc/>
    public Task Spawn(string name, Func<Task> body) => loop.Spawn(name, body, isBackground: true).Completion;
}
