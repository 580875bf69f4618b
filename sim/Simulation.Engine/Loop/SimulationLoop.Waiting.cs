using System.Threading.Tasks.Sources;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Loop;

/// <content>What tasks wait for, and how they come back.</content>
public sealed partial class SimulationLoop
{
    private static readonly Action<object?> StartTask = static task => ((LogicalTask)task!).Start();

    private readonly PointSource _point;
    private readonly List<DelaySource> _delays = [];
    private int _delaysInUse;

    /// <summary>A place where another task may run: a scheduling decision when one is ready, and nothing otherwise.</summary>
    /// <param name="site">A stable name of the place; a constant.</param>
    /// <returns>Completes when this task is chosen again; to be awaited at once.</returns>
    public ValueTask Point(string site)
    {
        LogicalTask task = RequireCurrent("a point");
        task.Site = site;
        bool isAlone = _ready.Count == 0 && task.QueuedCount == 0 && _events.EarliestNanoseconds > NowNanoseconds;
        if (!isAlone || Steps >= _maximumSteps || _isStopped)
            return new ValueTask(_point, 0);

        // No other task is ready, so begin the next step without going through the queue.
        BeginStep(task);
        Record(TraceKind.Step, task.LocalStep);
        return default;
    }

    /// <summary>Waits for virtual time to pass.</summary>
    /// <param name="nanoseconds">How long; 0 still lets others of this instant go first.</param>
    /// <param name="site">Where, for reports; a constant.</param>
    /// <param name="cancellation">Ends the wait early.</param>
    /// <returns>Completes then; to be awaited once, at once.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended early.</exception>
    public ValueTask Delay(long nanoseconds, string site = "delay", CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        RequireCurrent("a delay");
        if (_delaysInUse == _delays.Count)
            _delays.Add(new DelaySource(this));
        DelaySource source = _delays[_delaysInUse++];
        Schedule(source, NowNanoseconds + nanoseconds);
        return source.Begin(site, cancellation);
    }

    /// <summary>Schedules an event; one that is already scheduled is moved.</summary>
    /// <param name="timed">The event.</param>
    /// <param name="atNanoseconds">When; a time gone by means now.</param>
    public void Schedule(TimedEvent timed, long atNanoseconds)
    {
        ArgumentNullException.ThrowIfNull(timed);
        VerifyThread("an event was scheduled");
        Cancel(timed);
        _events.Add(timed, Math.Max(atNanoseconds, NowNanoseconds));
    }

    /// <summary>Schedules a change of the simulated world.</summary>
    /// <param name="atNanoseconds">When; a time gone by means now.</param>
    /// <param name="action">What happens, outside any task.</param>
    /// <returns>The event, to be cancelled.</returns>
    public TimedEvent At(long atNanoseconds, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var timed = new ActionEvent(action);
        Schedule(timed, atNanoseconds);
        return timed;
    }

    /// <summary>Cancels an event that has not happened yet; does nothing otherwise.</summary>
    /// <param name="timed">The event.</param>
    public void Cancel(TimedEvent timed)
    {
        ArgumentNullException.ThrowIfNull(timed);
        if (!timed.IsScheduled)
            return;
        VerifyThread("an event was cancelled");
        _events.Remove(timed);
    }

    internal LogicalTask RequireCurrent(string what)
    {
        VerifyThread(what);
        return Current ?? throw new HarnessException($"{what} outside any logical task");
    }

    internal void VerifyThread(string what) => _guard.Verify(RunNumber, what);

    internal void VerifyAwait(LogicalTask task, ValueTaskSourceOnCompletedFlags flags)
    {
        // Thrown here, it would come out on the thread pool: it is kept, and ends the run behind this step.
        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) == 0)
            _guard.Report(task.Run, $"task '{task.Name}' awaits with ConfigureAwait(false), or through AsTask(), at {task.Site}");
    }

    /// <summary>The current task goes to the end of those that are ready, and on with a continuation.</summary>
    internal void Yield(Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
    {
        LogicalTask task = CurrentOrRoot;
        VerifyAwait(task, flags);
        Enqueue(task, continuation, state);
    }

    internal void Enqueue(LogicalTask task, Delegate callback, object? state)
    {
        if (!_guard.IsHome)
        {
            _guard.Report(task.Run, $"task '{task.Name}' was resumed by another thread after {task.Site}");
            return;
        }

        // Drop work of an earlier run: its tasks no longer exist.
        if (task.Run != RunNumber)
            return;
        if (task.QueuedCount == 0)
            _ready.Add(task);
        task.Enqueue(new WorkItem(callback, state));
    }

    internal void TaskEnded(LogicalTask task, bool isHandedOver)
    {
        if (!_guard.IsHome)
            _guard.Report(task.Run, $"task '{task.Name}' was ended by another thread after {task.Site}");
        if (task.Run != RunNumber || !_guard.IsHome)
            return;
        Record(TraceKind.Ended, task.Id, task.Failure is null ? 0 : 1);
        if (!task.IsBackground)
            _liveForeground--;
        if (task.Failure is HarnessException || (task.Failure is not null && !isHandedOver))
            _failed ??= task;
    }

    internal void Recycle(DelaySource source)
    {
        // Swapped with the last in use, so that those in use stay in front.
        int index = _delays.IndexOf(source, 0, _delaysInUse);
        if (index < 0)
            return;
        _delays[index] = _delays[--_delaysInUse];
        _delays[_delaysInUse] = source;
    }

    private sealed class PointSource(SimulationLoop loop) : IValueTaskSource
    {
        public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

        public void OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            loop.Yield(continuation, state, flags);

        public void GetResult(short token)
        {
        }
    }

    private sealed class ActionEvent(Action action) : TimedEvent
    {
        protected internal override void Fire() => action();
    }
}
