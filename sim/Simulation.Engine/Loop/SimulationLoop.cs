using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Simulation.Engine.Choices;
using Simulation.Engine.Scheduling;
using Simulation.Engine.Time;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Loop;

/// <summary>
/// The simulated world's one thread. Logical tasks run in turns, one step (from wait to wait) at a time; who goes next is the
/// strategy's decision, recorded. Only when nobody is ready does the clock go on, to the next event by (virtual time, sequence).
/// </summary>
/// <remarks>
/// One run: <see cref="Reset"/>, <see cref="Spawn"/> some tasks, <see cref="Run"/>. Everything that can differ between two runs comes
/// from the seed, so that the same seed gives the same <see cref="Trace"/>. A loop is used again and again: storage stays, and what is
/// left of an earlier run can do nothing to a later one. Several loops may run on several threads, each on its own.
/// </remarks>
public sealed partial class SimulationLoop
{
    private readonly ThreadGuard _guard;
    private readonly VirtualClock _clock = new();
    private readonly TimedEventHeap _events = new();
    private readonly ReadyList _ready = new();
    private readonly List<LogicalTask> _tasks = [];
    private readonly Prng _drawn = new(0);
    private SchedulingStrategy _strategy = new FifoStrategy();
    private LogicalTask _root;
    private LogicalTask? _last;
    private LogicalTask? _failed;
    private int _liveForeground;
    private long _maximumSteps;
    private bool _isStopped;

    /// <summary>Makes a loop, ready to run from seed 0 in plain order.</summary>
    public SimulationLoop()
    {
        _guard = new ThreadGuard(this);
        TimeProvider = new VirtualTimeProvider(this);
        _point = new PointSource(this);
        _root = new LogicalTask(this, 0, "loop", isBackground: true, body: null);
        Reset(0);
    }

    /// <summary>The seed's named streams.</summary>
    public SeedStreams Streams { get; private set; }

    /// <summary>Virtual time since the start of the run.</summary>
    public long NowNanoseconds => _clock.NowNanoseconds;

    /// <summary>Virtual time for code that wants a <see cref="System.TimeProvider"/>.</summary>
    public VirtualTimeProvider TimeProvider { get; }

    /// <summary>Everything that happened.</summary>
    public Trace Trace { get; } = new();

    /// <summary>The decisions taken, and those replayed.</summary>
    public ChoiceTape Choices { get; } = new();

    /// <summary>The task whose step this is, or null between steps.</summary>
    public LogicalTask? Current { get; private set; }

    /// <summary>
    /// Whether work that a task gives to another thread is noticed as it arrives there. Otherwise it is noticed only when it comes back,
    /// and a run costs a quarter less: for a host that runs one small model again and again and watches some of the runs.
    /// </summary>
    public bool WatchesEscapes { get; set; } = true;

    /// <summary>Steps taken so far, by all tasks.</summary>
    public long Steps { get; private set; }

    /// <summary>All tasks of the run in the order of their ids, from 1; valid until the next <see cref="Spawn"/>.</summary>
    public ReadOnlySpan<LogicalTask> Tasks => CollectionsMarshal.AsSpan(_tasks);

    internal int RunNumber { get; private set; }

    internal LogicalTask CurrentOrRoot => Current ?? _root;

    /// <summary>Starts a new run at virtual time 0 and drops whatever was left of the one before.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="strategy">Who goes next; null for first come, first served. Reset from the stream "schedule".</param>
    /// <param name="replay">Decisions to take again, loosely; not to be changed meanwhile. Null for none.</param>
    public void Reset(ulong seed, SchedulingStrategy? strategy = null, ChoiceLog? replay = null)
    {
        if (Current is not null)
            throw new InvalidOperationException("a running loop cannot be reset");
        _guard.Adopt();
        RunNumber++;
        Streams = new SeedStreams(seed);
        _clock.Reset();
        TimeProvider.Reset();
        _events.Clear();
        _ready.Clear();
        _tasks.Clear();
        _drawn.Reseed(Streams.SeedOf("drawn"));
        Trace.Reset();
        Choices.Reset(replay);
        _strategy = strategy ?? new FifoStrategy();
        _strategy.Reset(Streams.SeedOf("schedule"));
        _root = new LogicalTask(this, 0, "loop", isBackground: true, body: null);
        _last = _failed = null;
        _liveForeground = 0;
        _isStopped = false;
        Steps = 0;
        while (_delaysInUse > 0)
            _delays[--_delaysInUse].Abandon();
    }

    /// <summary>Starts a logical task; its body begins when the scheduler chooses it.</summary>
    /// <param name="name">A stable name: strategies and reports refer to it. A second task of one name gets "#2".</param>
    /// <param name="body">What it does. A failure ends the run, unless somebody asked for <see cref="LogicalTask.Completion"/>.</param>
    /// <param name="isBackground">Whether the run may end without it.</param>
    /// <returns>The task.</returns>
    public LogicalTask Spawn(string name, Func<Task> body, bool isBackground = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        VerifyThread("a task was spawned");
        var task = new LogicalTask(this, _tasks.Count + 1, UniqueName(name), isBackground, body);
        _tasks.Add(task);
        if (!isBackground)
            _liveForeground++;
        Record(TraceKind.Spawned, task.Id, text: task.Name);
        Enqueue(task, StartTask, task);
        return task;
    }

    /// <summary>Makes a draw that belongs to the schedule: recorded, replayed and shrunk with it.</summary>
    /// <param name="site">Where; a constant.</param>
    /// <param name="bound">At least 1.</param>
    /// <returns>0 to <paramref name="bound"/> - 1; 0 should be the plainest.</returns>
    public int Draw(string site, int bound)
    {
        int value = Choices.Decide(site, bound, _drawn.NextInt(bound));
        Record(TraceKind.Drawn, bound, value, text: site);
        return value;
    }

    /// <summary>Adds an event to the trace, at this instant, by the current task.</summary>
    /// <param name="kind">What sort of thing.</param>
    /// <param name="a">First argument.</param>
    /// <param name="b">Second argument.</param>
    /// <param name="c">Third argument.</param>
    /// <param name="text">A name or reason; it is hashed too.</param>
    public void Record(TraceKind kind, long a = 0, long b = 0, long c = 0, string? text = null) =>
        Trace.Append(new TraceEvent(kind, NowNanoseconds, Current?.Id ?? 0, a, b, c, text));

    /// <summary>Ends the run behind this step.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>
    /// Runs until every foreground task has ended, or something else ends the run. May be called again: a run that met a limit goes on
    /// under the new one, and tasks may be added in between.
    /// </summary>
    /// <param name="limits">How far; null for <see cref="RunLimits.Default"/>.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="HarnessException">Code left the thread, or misused the engine.</exception>
    public RunReport Run(RunLimits? limits = null)
    {
        if (Current is not null)
            throw new InvalidOperationException("the loop is running");
        RunLimits bounds = limits ?? RunLimits.Default;
        _maximumSteps = bounds.MaximumSteps;
        _isStopped = false;
        _guard.Adopt();
        SynchronizationContext? outer = SynchronizationContext.Current;
        try
        {
            _guard.BeginWatch(RunNumber, WatchesEscapes);
            return Report(RunUntilEnd(bounds));
        }
        finally
        {
            _guard.EndWatch();
            Current = null;
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private RunOutcome RunUntilEnd(RunLimits limits)
    {
        while (true)
        {
            _guard.ThrowIfEscaped();
            if (_failed is not null)
            {
                if (_failed.Failure is HarnessException misuse)
                    ExceptionDispatchInfo.Throw(misuse);
                return RunOutcome.TaskFailed;
            }

            if (_isStopped)
                return RunOutcome.Stopped;
            if (_liveForeground == 0)
                return RunOutcome.Completed;
            while (_events.EarliestNanoseconds <= NowNanoseconds)
                _events.TakeEarliest().Fire();
            if (_ready.Count == 0)
            {
                if (_events.Count == 0)
                    return Deadlock();
                if (_events.EarliestNanoseconds > limits.MaximumVirtualNanoseconds)
                    return RunOutcome.VirtualTimeExhausted;
                _clock.AdvanceTo(_events.EarliestNanoseconds);
                continue;
            }

            if (Steps >= limits.MaximumSteps)
                return RunOutcome.StepsExhausted;
            Step(_ready.TakeAt(_ready.Count == 1 ? 0 : Decide()));
        }
    }

    private int Decide()
    {
        int current = _ready.IndexOf(_last);
        int proposed = _strategy.Propose(_ready.AsSpan(), current);

        // As a choice, 0 means "go on with the current task" where that is possible; the others follow in their order.
        int proposal = proposed == current ? 0 : proposed < current ? proposed + 1 : proposed;
        int value = Choices.Decide(_last?.Site ?? "start", _ready.Count, proposal);
        Record(TraceKind.Decision, _ready.Count, value);
        return current < 0 || value > current ? value : value == 0 ? current : value - 1;
    }

    private void Step(LogicalTask task)
    {
        BeginStep(task);
        WorkItem item = task.Dequeue();
        if (task.QueuedCount > 0)
            _ready.Add(task);
        task.WaitsInEngine = false;
        Current = _last = task;
        Record(TraceKind.Step, task.LocalStep);
        SynchronizationContext.SetSynchronizationContext(task.Context);
        try
        {
            item.Invoke();
        }
        catch (HarnessException)
        {
            throw;
        }
        catch (Exception thrown)
        {
            // Thrown by an async void method or a timer callback, so no Task carries it.
            task.Fail(thrown);
            _failed ??= task;
        }

        Current = null;
    }

    private void BeginStep(LogicalTask task)
    {
        Steps++;
        task.LocalStep++;
    }

    private RunOutcome Deadlock()
    {
        foreach (LogicalTask task in _tasks)
        {
            if (!task.HasEnded && !task.WaitsInEngine)
            {
                _guard.AwaitEscape();
                break;
            }
        }

        return RunOutcome.Deadlock;
    }

    private RunReport Report(RunOutcome outcome)
    {
        List<UnfinishedTask>? unfinished = null;
        foreach (LogicalTask task in _tasks)
        {
            if (!task.HasEnded)
                (unfinished ??= []).Add(new(task.Name, task.Site, task.QueuedCount > 0, task.IsBackground, task.WaitsInEngine));
        }

        return new RunReport(
            outcome, Streams.Seed, NowNanoseconds, Steps, Choices.Recorded.Count, Trace.Hash,
            (IReadOnlyList<UnfinishedTask>?)unfinished ?? [], _failed?.Name, _failed?.Failure);
    }

    private string UniqueName(string name)
    {
        int sameName = 1;
        foreach (LogicalTask task in _tasks)
        {
            if (task.Name.StartsWith(name, StringComparison.Ordinal)
                && (task.Name.Length == name.Length || task.Name[name.Length] == '#'))
                sameName++;
        }

        return sameName == 1 ? name : $"{name}#{sameName}";
    }
}
