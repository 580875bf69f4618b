#pragma warning disable RS0030 // Here the destination gets the threads that the daemon gives it; Coyote holds them.

using System.Buffers;
using Microsoft.Coyote.Runtime;
using Qemu.Migration.Destination;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Schedules.Coyote;

/// <summary>The destination's world as the daemon makes it, a thread for each task, with points that Coyote sees. Of one run.</summary>
/// <param name="model">What runs in it.</param>
/// <param name="buffers">A place for each task, empty or as a run before that ended well has left it. A new thread has nothing in its
/// array pool: the buffer that its forerunner's reader used spares it an allocation among the large objects.</param>
internal sealed class CoyoteEnvironment(ScheduleModel model, byte[]?[] buffers) : ModelEnvironment(model)
{
    private readonly AsyncLocal<string> _task = new();
    private int _spawned;

    /// <inheritdoc/>
    public override TimeProvider TimeProvider => StandingClock.Instance;

    /// <inheritdoc/>
    public override string CurrentTask => _task.Value ?? "test";

    /// <summary>Runs a task on a thread of its own, which it blocks, as the daemon does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The task.</param>
    /// <returns>Its end.</returns>
    public override Task Spawn(string name, Func<Task> body)
    {
        int number = _spawned++;
        return Task.Run(() =>
        {
            _task.Value = name;
            if (buffers[number] is { } buffer)
                ArrayPool<byte>.Shared.Return(buffer);
            body().GetAwaiter().GetResult();
            buffers[number] = ArrayPool<byte>.Shared.Rent(QemuFileReader.LargestFillBytes);
        });
    }

    /// <inheritdoc/>
    public override ValueTask Point(string site)
    {
        SchedulingPoint.Interleave();
        return ValueTask.CompletedTask;
    }

    /// <summary>Blocks the task's thread: Coyote would go on after an await on a new thread, which costs more than all its decisions.</summary>
    /// <param name="signal">What is waited for.</param>
    /// <returns>A completed task.</returns>
    public override ValueTask WaitFor(Task signal)
    {
        Operation.PauseUntil(() => signal.IsCompleted);
        return ValueTask.CompletedTask;
    }

    /// <summary>A model has no time. None asks for it: one that did would fail here.</summary>
    /// <param name="duration">How long.</param>
    /// <returns>Never.</returns>
    public override ValueTask Delay(TimeSpan duration) => throw new NotSupportedException("a model has no time to pass");

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
