#pragma warning disable RS0030 // Here the destination gets the threads that the daemon gives it; Coyote holds them.

using Microsoft.Coyote.Runtime;
using Simulation.Schedules.Running;

namespace Simulation.Schedules.Coyote;

/// <summary>The destination's world as the daemon makes it, a thread for each task, with points that Coyote sees. Of one run.</summary>
/// <param name="pageCount">Pages of the guest's one block.</param>
internal sealed class CoyoteEnvironment(int pageCount) : ModelEnvironment(pageCount)
{
    private readonly AsyncLocal<string> _task = new();

    /// <inheritdoc/>
    public override TimeProvider TimeProvider => StandingClock.Instance;

    /// <inheritdoc/>
    public override string CurrentTask => _task.Value ?? "test";

    /// <summary>Runs a task on a thread of its own, which it blocks, as the daemon does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The task.</param>
    /// <returns>Its end.</returns>
    public override Task Spawn(string name, Func<Task> body) => Task.Run(() =>
    {
        _task.Value = name;
        body().GetAwaiter().GetResult();
    });

    /// <inheritdoc/>
    public override ValueTask Point(string site)
    {
        SchedulingPoint.Interleave();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Interleave() => SchedulingPoint.Interleave();

    /// <inheritdoc/>
    public override Func<ValueTask<int>> ReadPoint(string site, Func<int> take) => () =>
    {
        SchedulingPoint.Interleave();
        return new ValueTask<int>(take());
    };

    /// <summary>Schedules are without time.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public static StandingClock Instance { get; } = new();

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => 0;
    }
}
