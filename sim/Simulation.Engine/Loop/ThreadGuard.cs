#pragma warning disable RS0030 // This file is where the simulation looks at threads, so that nothing else has to.

namespace Simulation.Engine.Loop;

/// <summary>
/// Holds the loop to its one thread. Whatever comes back to the loop from another thread, or would, is kept as an escape, and the
/// run ends in a <see cref="HarnessException"/> in place of a result that might be another the next time.
/// </summary>
/// <param name="loop">The loop.</param>
internal sealed class ThreadGuard(SimulationLoop loop)
{
    // Only a run that would be called a deadlock with a task waiting for something foreign waits so long: a foreign thread may be about
    // to come back, and then the finding is the escape.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(10);

    // Flows with the work that a task hands over, and is checked before that work starts.
    private static readonly AsyncLocal<Watch?> Flowing = new(static change => change.CurrentValue?.Arrive());

    private readonly object _gate = new();
    private int _ownerThread = Environment.CurrentManagedThreadId;
    private int _reportedRun = -1;
    private volatile string? _escape;
    private AsyncFlowControl? _suppressed;

    public bool IsHome => Environment.CurrentManagedThreadId == _ownerThread;

    /// <summary>Watches what the code that runs until <see cref="EndWatch"/> gives to other threads.</summary>
    /// <param name="run">The run it belongs to.</param>
    /// <param name="isFlowing">Whether work is seen when it arrives there; otherwise only when it comes back from there, and nothing
    /// flows with it, which makes every wait cheaper.</param>
    public void BeginWatch(int run, bool isFlowing)
    {
        if (isFlowing)
            Flowing.Value = new Watch(this, run);
        else
            _suppressed = ExecutionContext.SuppressFlow();
    }

    public void EndWatch()
    {
        _suppressed?.Undo();
        _suppressed = null;
        Flowing.Value = null;
    }

    public void Adopt() => _ownerThread = Environment.CurrentManagedThreadId;

    /// <summary>Keeps the first escape of a run; stragglers of a run already reported add nothing.</summary>
    public void Report(int run, string escape)
    {
        lock (_gate)
        {
            if (run > _reportedRun)
                _escape ??= escape;
            _reportedRun = Math.Max(run, _reportedRun);
        }
    }

    public void Verify(int run, string what)
    {
        if (IsHome)
            return;
        string escape = $"{what} from another thread than the simulation's";
        Report(run, escape);
        throw new HarnessException(escape);
    }

    public void ThrowIfEscaped()
    {
        if (_escape is null)
            return;
        lock (_gate)
        {
            string escape = _escape;
            _escape = null;
            throw new HarnessException(escape);
        }
    }

    public void AwaitEscape()
    {
        SpinWait.SpinUntil(() => _escape is not null, Grace);
        ThrowIfEscaped();
    }

    // The loop may have gone on since: the step that is taken now, or the one after.
    private string Place() => loop.Current is { } task ? $", seen during the step of '{task.Name}' after {task.Site}" : "";

    private sealed class Watch(ThreadGuard guard, int run)
    {
        public void Arrive()
        {
            if (!guard.IsHome)
                guard.Report(run, "a logical task started work on another thread" + guard.Place());
        }
    }
}
