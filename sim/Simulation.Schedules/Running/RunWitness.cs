using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Simulation.Schedules.Running;

/// <summary>What is seen of a run while it goes, by the trace, the monitor and those who wait for the end. It takes no locks: a host
/// lets one task run at a time, and a lock would be a point more in each schedule.</summary>
/// <param name="owners">Told when the migration ends.</param>
internal sealed class RunWitness(PageOwners owners) : MigrationTrace
{
    private readonly List<string> _refused = [];
    private TaskCompletionSource _active = NewSignal();
    private TaskCompletionSource _change = NewSignal();
    private MigrationStatus _status;
    private ScheduleViolation? _violation;

    /// <summary>The property that was violated first, and how; null when none was.</summary>
    public ScheduleViolation? Violation => owners.Violation ?? _violation;

    /// <summary>How often a terminal status was published.</summary>
    public int Ends { get; private set; }

    /// <summary>Whether the guest was started.</summary>
    public bool GuestStarted { get; private set; }

    /// <summary>How often postcopy was paused.</summary>
    public int Pauses { get; private set; }

    /// <summary>How often a source came back.</summary>
    public int Recoveries { get; private set; }

    /// <summary>What the source was told last: SHUT's value, or null.</summary>
    public uint? Shut { get; private set; }

    /// <summary>Completes when the migration is active, or has ended without.</summary>
    public Task Active => _active.Task;

    /// <summary>Completes with the next change of the status.</summary>
    public Task StatusChange => _change.Task;

    /// <summary>What the migration was said to be last.</summary>
    public MigrationStatus Status => _status;

    /// <summary>Told when postcopy is paused; null where nobody asks.</summary>
    public ModelSource? Source { get; set; }

    /// <summary>Names of the connections that were turned away.</summary>
    public IReadOnlyList<string> Refused => _refused;

    /// <summary>Told of the same states; null where no QMP client listens.</summary>
    public MigrationTrace? Events { get; set; }

    /// <summary>Starts a new run.</summary>
    public void Reset()
    {
        owners.Reset();
        _refused.Clear();
        _active = NewSignal();
        _change = NewSignal();
        Events = null;
        Source = null;
        _status = MigrationStatus.None;
        _violation = null;
        Ends = 0;
        Pauses = 0;
        Recoveries = 0;
        GuestStarted = false;
        Shut = null;
    }

    /// <summary>Notes a violation; the first counts.</summary>
    /// <param name="property">The property.</param>
    /// <param name="message">What was wrong, one sentence.</param>
    public void Report(string property, string message) => _violation ??= new(property, message);

    /// <summary>Somebody asked.</summary>
    /// <param name="before">What the same one was told before, or null.</param>
    /// <param name="status">What the migration said it is.</param>
    /// <param name="figures">Its figures.</param>
    public void Looked(MigrationStatistics? before, MigrationStatus status, MigrationStatistics figures)
    {
        bool begun = status is not (MigrationStatus.None or MigrationStatus.Setup or MigrationStatus.Failed);
        if (begun && figures.TotalTimeNanoseconds is null)
            Report("CompletedNeverBeforeStatistics", $"query-migrate said {status} and had no total-time");
        if (before is not null && IsBehind(figures, before))
            Report("CountersNeverGoBack", $"query-migrate said {Say(before)}, then {Say(figures)}");
    }

    /// <inheritdoc/>
    public override void StatusChanged(MigrationStatus from, MigrationStatus to)
    {
        if (from != _status || !IsStep(from, to))
            Report("StatusHistoryIsAPath", $"the status went from {from} to {to} when it was {_status}");
        _status = to;
        if (to is MigrationStatus.PostcopyPaused || (from, to) is (MigrationStatus.PostcopyActive, MigrationStatus.Completed))
            JudgeGuest(to);
        Pauses += to == MigrationStatus.PostcopyPaused ? 1 : 0;
        Recoveries += to == MigrationStatus.PostcopyRecover ? 1 : 0;
        if (to == MigrationStatus.PostcopyPaused)
            Source?.Pause();
        TaskCompletionSource change = _change;
        _change = NewSignal();
        change.TrySetResult();
        if (to != MigrationStatus.Setup)
            _active.TrySetResult();
        Events?.StatusChanged(from, to);
        if (!to.IsTerminal())
            return;
        Ends++;
        owners.Close();
    }

    /// <inheritdoc/>
    public override void RunStateChanged(RunState from, RunState to)
    {
        if (to == RunState.Running && _status == MigrationStatus.Failed)
            Report("FailedRunNeverStartsGuest", "the guest was started when the migration had failed");
        GuestStarted |= to == RunState.Running;
        Events?.RunStateChanged(from, to);
    }

    /// <inheritdoc/>
    public override void ConnectionRefused(string channel, string reason) => _refused.Add(channel);

    /// <inheritdoc/>
    public override void ReturnPathMessageSent(ReturnPathMessageType type, uint value) =>
        Shut = type == ReturnPathMessageType.Shut ? value : Shut;

    private static bool IsStep(MigrationStatus from, MigrationStatus to) => (from, to) is
        (MigrationStatus.None, MigrationStatus.Setup)
        or (MigrationStatus.Setup, MigrationStatus.Active or MigrationStatus.Failed)
        or (MigrationStatus.Active, MigrationStatus.PostcopyActive or MigrationStatus.Completed or MigrationStatus.Failed)
        or (MigrationStatus.PostcopyActive, MigrationStatus.PostcopyPaused or MigrationStatus.Completed or MigrationStatus.Failed)
        or (MigrationStatus.PostcopyPaused, MigrationStatus.PostcopyRecover)
        or (MigrationStatus.PostcopyRecover, MigrationStatus.PostcopyActive or MigrationStatus.PostcopyPaused);

    // What follows RUN is said of a guest that runs.
    private void JudgeGuest(MigrationStatus status)
    {
        if (!GuestStarted)
            Report("GuestRunsFromRunOn", $"the migration is {status}, and the guest has not been started");
    }

    private static bool IsBehind(MigrationStatistics now, MigrationStatistics before) =>
        now.NormalPages < before.NormalPages || now.ZeroPages < before.ZeroPages
        || now.DiscardedPages < before.DiscardedPages || (now.UniquePages < before.UniquePages && now.DiscardedPages == before.DiscardedPages)
        || now.MultifdBytes < before.MultifdBytes || now.TransferredBytes < before.TransferredBytes;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Say(MigrationStatistics figures) =>
        $"{figures.NormalPages} normal, {figures.ZeroPages} zero, {figures.TransferredBytes} bytes";
}
