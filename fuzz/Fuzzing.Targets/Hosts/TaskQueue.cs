namespace Fuzzing.Targets.Hosts;

/// <summary>
/// The scheduler of the fuzzer's host: what an await leaves to be done waits in a queue that is drained on the calling thread. What is
/// still incomplete when the queue is empty waits for something that will never happen.
/// </summary>
internal sealed class TaskQueue : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _waiting = new();

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => _waiting.Enqueue((d, state));

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Makes awaits of the calling thread come here, and forgets what an earlier run left.</summary>
    public void Enter()
    {
        _waiting.Clear();
        if (Current != this)
            SetSynchronizationContext(this);
    }

    /// <summary>Runs what can run.</summary>
    public void Drain()
    {
        while (_waiting.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            next.Callback(next.State);
    }
}
