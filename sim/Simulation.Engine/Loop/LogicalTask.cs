using Simulation.Engine.Choices;

namespace Simulation.Engine.Loop;

/// <summary>
/// One thread of control of the simulated world. Its continuations come back to it, whoever completes what it waits for, and wait
/// in its queue until the scheduler chooses it.
/// </summary>
public sealed class LogicalTask
{
    private readonly SimulationLoop _loop;
    private readonly Func<Task>? _body;
    private readonly Queue<WorkItem> _behind = new(0);
    private WorkItem _first;
    private TaskCompletionSource? _completion;
    private Task? _running;

    internal LogicalTask(SimulationLoop loop, int id, string name, bool isBackground, Func<Task>? body)
    {
        _loop = loop;
        _body = body;
        Id = id;
        Name = name;
        NameHash = StableHash.OfText(name);
        IsBackground = isBackground;
        Run = loop.RunNumber;
        Context = new TaskContext(this);
    }

    /// <summary>1 for the first task spawned in a run, 2 for the second; 0 is the loop's own, for callbacks nobody owns.</summary>
    public int Id { get; }

    /// <summary>Its name, unique in the run: a second "receiver" is "receiver#2".</summary>
    public string Name { get; }

    /// <summary>FNV-1a of the name.</summary>
    public ulong NameHash { get; }

    /// <summary>Whether the run may end without it.</summary>
    public bool IsBackground { get; }

    /// <summary>How many steps it has taken.</summary>
    public int LocalStep { get; internal set; }

    /// <summary>Whether its body has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What its body threw, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The last place it said it was at.</summary>
    public string Site { get; internal set; } = "start";

    /// <summary>Its end. Whoever asks for this before the end takes over its failure, which then no longer ends the run.</summary>
    public Task Completion
    {
        get
        {
            _completion ??= new TaskCompletionSource();
            if (HasEnded)
                Complete(_completion);
            return _completion.Task;
        }
    }

    internal int Run { get; }

    internal SynchronizationContext Context { get; }

    /// <summary>Whether its last step left it waiting for a primitive of the engine, so that nothing foreign can wake it.</summary>
    internal bool WaitsInEngine { get; set; }

    internal int QueuedCount { get; private set; }

    internal void Enqueue(WorkItem item)
    {
        if (QueuedCount++ == 0)
            _first = item;
        else
            _behind.Enqueue(item);
    }

    internal WorkItem Dequeue()
    {
        WorkItem item = _first;
        _first = --QueuedCount == 0 ? default : _behind.Dequeue();
        return item;
    }

    internal void Start()
    {
        _running = _body!();
        if (_running.IsCompleted)
        {
            End();
            return;
        }

        // The end is no step of its own: it is noticed inline by whoever makes it, so that it adds no scheduling decision.
        SynchronizationContext? saved = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(InlineContext.Instance);
        _running.GetAwaiter().UnsafeOnCompleted(End);
        SynchronizationContext.SetSynchronizationContext(saved);
    }

    internal void Fail(Exception thrown) => Failure = thrown;

    private void End()
    {
        Failure = _running!.IsFaulted ? _running.Exception.InnerException
            : _running.IsCanceled ? new TaskCanceledException(_running)
            : null;
        HasEnded = true;
        _loop.TaskEnded(this, isHandedOver: _completion is not null);
        if (_completion is not null)
            Complete(_completion);
    }

    private void Complete(TaskCompletionSource completion)
    {
        if (Failure is null)
            completion.TrySetResult();
        else
            completion.TrySetException(Failure);
    }

    private sealed class TaskContext(LogicalTask task) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => task._loop.Enqueue(task, d, state);

        public override void Send(SendOrPostCallback d, object? state) =>
            throw new HarnessException($"task '{task.Name}' was sent a callback to wait for");

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class InlineContext : SynchronizationContext
    {
        public static InlineContext Instance { get; } = new();

        public override void Post(SendOrPostCallback d, object? state) => d(state);
    }
}
