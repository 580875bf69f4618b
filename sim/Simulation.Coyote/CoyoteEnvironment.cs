#pragma warning disable RS0030 // Here the destination gets the threads that the daemon gives it; Coyote holds them.

using System.Buffers;
using Microsoft.Coyote.Runtime;
using Qemu.Migration.Destination;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Coyote;

/// <summary>The destination's world as the daemon makes it, a thread for each task, with points that Coyote sees. Of one run.</summary>
/// <param name="model">What runs in it.</param>
/// <param name="buffers">Those that a run before that ended well has left. A new thread has nothing in its array pool: the buffer that
/// another thread's reader used spares it an allocation among the large objects.</param>
internal sealed class CoyoteEnvironment(ScheduleModel model, Stack<byte[]> buffers) : ModelEnvironment(model)
{
    private readonly AsyncLocal<string> _task = new();
    private readonly VirtualClock _clock = new();
    private readonly List<Task> _tasks = [];
    private readonly List<Task> _awaited = [];

    // The tasks and the test itself, without those that wait for a signal or for time.
    private int _busy = 1;

    /// <inheritdoc/>
    public override TimeProvider TimeProvider => _clock;

    /// <inheritdoc/>
    public override string CurrentTask => _task.Value ?? "test";

    /// <summary>Runs a task on a thread of its own, which it blocks, as the daemon does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The task.</param>
    /// <returns>Its end.</returns>
    public override Task Spawn(string name, Func<Task> body)
    {
        _busy++;
        Task task = Task.Run(() =>
        {
            _task.Value = name;
            if (buffers.TryPop(out byte[]? buffer))
                ArrayPool<byte>.Shared.Return(buffer);
            body().GetAwaiter().GetResult();
            buffers.Push(ArrayPool<byte>.Shared.Rent(QemuFileReader.LargestFillBytes));
            _busy--;
        });
        _tasks.Add(task);
        return task;
    }

    /// <summary>Waits for all tasks, those that tasks have started too. The test does nothing else from then on.</summary>
    public void AwaitTasks()
    {
        _busy--;
        for (int i = 0; i < _tasks.Count; i++)
            _tasks[i].GetAwaiter().GetResult();
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
        _busy--;
        _awaited.Add(signal);
        Operation.PauseUntil(() => signal.IsCompleted);
        _awaited.Remove(signal);
        _busy++;
        return ValueTask.CompletedTask;
    }

    /// <summary>Time passes when no task can do anything else, as in the simulation.</summary>
    /// <param name="duration">How long.</param>
    /// <returns>A completed task.</returns>
    public override ValueTask Delay(TimeSpan duration)
    {
        _busy--;
        Operation.PauseUntil(() => _busy == 0 && _awaited.TrueForAll(signal => !signal.IsCompleted));
        _busy++;
        _clock.Advance(duration);
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

    /// <summary>Moved by those who wait for time.</summary>
    private sealed class VirtualClock : TimeProvider
    {
        private long _nanoseconds;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => _nanoseconds;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

        public void Advance(TimeSpan duration) => _nanoseconds += (long)duration.TotalNanoseconds;
    }
}
