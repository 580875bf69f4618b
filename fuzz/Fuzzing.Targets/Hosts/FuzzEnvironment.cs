using System.Diagnostics;
using Fuzzing.Engine.Execution;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Checks;

namespace Fuzzing.Targets.Hosts;

/// <summary>The world of a destination in the fuzzer: time stands still unless it is moved, tasks run until they wait, and memory has
/// guards at both ends.</summary>
/// <param name="isWrittenThrough">Whether runs of pages are handed to the memory, as to a file's.</param>
/// <param name="pageWatch">Told who writes which pages, or null.</param>
internal sealed class FuzzEnvironment(bool isWrittenThrough = false, GuestPageWatch? pageWatch = null) : DestinationEnvironment
{
    private readonly ManualClock _clock = new();
    private readonly RunTrace _trace = new();
    private readonly List<(long Due, TaskCompletionSource Over)> _delays = [];
    private readonly List<(Task Signal, string Place)> _waits = [];

    /// <inheritdoc/>
    public override TimeProvider TimeProvider => _clock;

    /// <inheritdoc/>
    public override MigrationTrace Trace => _trace;

    /// <inheritdoc/>
    public override GuestPageWatch? PageWatch => pageWatch;

    /// <inheritdoc/>
    public override GuestProgram? Guest => Program;

    /// <summary>What the guest does in postcopy; null where it does nothing.</summary>
    public GuestProgram? Program { get; set; }

    /// <summary>Told of each change of the status; null where nobody asks.</summary>
    public Action<MigrationStatus>? StatusChanged
    {
        get => _trace.Changed;
        set => _trace.Changed = value;
    }

    /// <summary>Where changes of the status and of the run state go too; null where nobody asks.</summary>
    public MigrationTrace? Events
    {
        get => _trace.Events;
        set => _trace.Events = value;
    }

    /// <summary>The first change of the status that no migration may make, or null.</summary>
    public string? IllegalChange => _trace.IllegalChange;

    /// <summary>Names of the connections that were turned away in this run.</summary>
    public List<string> Refused => _trace.Refused;

    /// <summary>Monotonic time in nanoseconds.</summary>
    public long NowNanoseconds
    {
        get => _clock.Now;
        set => _clock.Now = value;
    }

    /// <summary>Tasks that tasks of the destination have started in this run, and their names.</summary>
    public List<(string Name, Task Task)> Spawned { get; } = [];

    /// <summary>Where tasks wait that wait still, sorted, a line each; empty unless the run traces waits.</summary>
    public string WaitingPlaces => string.Join('\n', _waits.Where(wait => !wait.Signal.IsCompleted)
        .Select(wait => wait.Place).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    /// <summary>Forgets a run: what waited for time in it waits for ever.</summary>
    public void Reset()
    {
        _trace.Reset();
        Spawned.Clear();
        _delays.Clear();
        _waits.Clear();
    }

    /// <inheritdoc/>
    public override ValueTask WaitFor(Task signal)
    {
        KeepPlace(signal);
        return base.WaitFor(signal);
    }

    private void KeepPlace(Task signal)
    {
        if (WaitTrace.IsOn && !signal.IsCompleted)
            _waits.Add((signal, PlaceOf(new StackTrace())));
    }

    // The innermost method of the destination.
    private static string PlaceOf(StackTrace stack) => stack.ToString().Split('\n').Select(line => line.Trim())
        .FirstOrDefault(line => line.StartsWith("at Qemu.", StringComparison.Ordinal))?.Split('(')[0] ?? "";

    /// <summary>Lets time pass.</summary>
    /// <param name="duration">How long.</param>
    public void Pass(TimeSpan duration)
    {
        NowNanoseconds += (long)duration.TotalNanoseconds;
        foreach ((long due, TaskCompletionSource over) in _delays.ToArray())
        {
            if (due > NowNanoseconds)
                continue;
            _delays.Remove((due, over));
            over.SetResult();
        }
    }

    /// <inheritdoc/>
    public override Task Spawn(string name, Func<Task> body)
    {
        Task task = body();
        Spawned.Add((name, task));
        return task;
    }

    /// <summary>Time stands still unless it is moved (<see cref="Pass"/>).</summary>
    /// <param name="duration">How long.</param>
    /// <returns>Completes when so much has passed.</returns>
    public override ValueTask Delay(TimeSpan duration)
    {
        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _delays.Add((NowNanoseconds + (long)duration.TotalNanoseconds, over));
        KeepPlace(over.Task);
        return new(over.Task);
    }

    /// <inheritdoc/>
    public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) => new GuardedRegion(lengthBytes, isWrittenThrough);

    private sealed class RunTrace : MigrationTrace
    {
        private MigrationStatus _status;

        public List<string> Refused { get; } = [];

        public Action<MigrationStatus>? Changed { get; set; }

        public MigrationTrace? Events { get; set; }

        public string? IllegalChange { get; private set; }

        public void Reset()
        {
            Refused.Clear();
            _status = MigrationStatus.None;
            IllegalChange = null;
        }

        public override void ConnectionRefused(string channel, string reason) => Refused.Add(channel);

        public override void StatusChanged(MigrationStatus from, MigrationStatus to)
        {
            if (from != _status || !StatusHistoryIsAPath.IsEdge(from, to))
                IllegalChange ??= $"from {from} to {to}, and it was {_status}";
            _status = to;
            Changed?.Invoke(to);
            Events?.StatusChanged(from, to);
        }

        public override void RunStateChanged(RunState from, RunState to) => Events?.RunStateChanged(from, to);
    }

    private sealed class ManualClock : TimeProvider
    {
        public long Now { get; set; } = 1_000_000_000;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => Now;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }

    private sealed unsafe class GuardedRegion(long lengthBytes, bool isWrittenThrough) : GuestMemoryRegion
    {
        // A mapping has a page at least.
        private readonly GuardedMemory _memory = new(Math.Max(lengthBytes, 4096));

        public override byte* Address => _memory.Address;

        public override long LengthBytes => _memory.LengthBytes;

        public override bool InitiallyZero => true;

        public override bool IsWrittenThrough => isWrittenThrough;

        protected override void Dispose(bool disposing) => _memory.Dispose();
    }
}
