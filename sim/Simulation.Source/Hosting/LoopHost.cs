using Simulation.Engine.Loop;

namespace Simulation.Source.Hosting;

/// <summary>A source on the simulation's loop: virtual time, each thread a logical task of its own.</summary>
/// <param name="loop">The loop.</param>
public sealed class LoopHost(SimulationLoop loop) : ISourceHost
{
    /// <inheritdoc/>
    public long NowNanoseconds => loop.NowNanoseconds;

    /// <inheritdoc/>
    public ValueTask DelayAsync(long nanoseconds) => loop.Delay(nanoseconds, "source/delay");

    /// <inheritdoc/>
    public Task Spawn(string name, Func<Task> body) => loop.Spawn(name, body, isBackground: true).Completion;
}
