using Simulation.Engine.Loop;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Schedules.Own;

/// <summary>The destination's world, made of the simulation's loop; used again from run to run.</summary>
/// <param name="loop">The loop.</param>
/// <param name="model">What runs in it.</param>
internal sealed class OwnEnvironment(SimulationLoop loop, ScheduleModel model) : ModelEnvironment(model)
{
    /// <inheritdoc/>
    public override TimeProvider TimeProvider => loop.TimeProvider;

    /// <inheritdoc/>
    public override string CurrentTask => loop.Current!.Name;

    /// <summary>Starts a logical task of the loop. Its end is told to nobody: the loop knows it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The task.</param>
    /// <returns>A completed task.</returns>
    public override Task Spawn(string name, Func<Task> body)
    {
        loop.Spawn(name, body);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask Point(string site) => loop.Point(site);

    /// <inheritdoc/>
    public override ValueTask Delay(TimeSpan duration) => loop.Delay((long)duration.TotalNanoseconds);

    /// <inheritdoc/>
    public override Func<ValueTask<int>> ReadPoint(string site, Func<int> take)
    {
        ValuePoint<int> point = new(loop, take);
        return () => point.TakeAsync(site);
    }
}
