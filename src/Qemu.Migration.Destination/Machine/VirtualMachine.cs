using Qemu.Migration.Destination.Hosting;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.Machine;

/// <summary>
/// The guest as far as a migration sees it: its run state, and whether it shall start by itself when it has arrived. There is no
/// CPU behind it.
/// </summary>
public sealed class VirtualMachine
{
    // Held from a change of the state until the change is reported, so that no decision uses an outdated state and
    // events have the order of the states. Reporting queues a line and never blocks.
    private readonly object _changes = new();

    // Held to read the state. A reader does not wait for a change that is being reported.
    private readonly object _lock = new();
    private readonly MigrationTrace _trace;
    private TaskCompletionSource _runs = NewSignal();
    private bool _isOff;
    private RunState _state = RunState.InMigrate;
    private bool _autostart;

    /// <summary>Makes a guest that waits for its migration, state <c>inmigrate</c>.</summary>
    /// <param name="autostart">Whether it starts when it has arrived; false is QEMU's <c>-S</c>.</param>
    /// <param name="trace">Where changes are told.</param>
    public VirtualMachine(bool autostart, MigrationTrace trace)
    {
        _autostart = autostart;
        _trace = trace;
    }

    /// <summary>The run state now.</summary>
    public RunState State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    /// <summary>Has completed while the guest runs, and when there is no guest any more: its CPUs may go on.</summary>
    internal Task Runs
    {
        get
        {
            lock (_lock)
                return _runs.Task;
        }
    }

    /// <summary>There is no guest any more: its CPUs end.</summary>
    internal void PowerOff()
    {
        lock (_lock)
        {
            _isOff = true;
            _runs.TrySetResult();
        }
    }

    /// <summary>QMP <c>cont</c>: starts the guest, or, while it is still on its way, lets it start on arrival.</summary>
    public void Continue()
    {
        lock (_changes)
        {
            _autostart = true;
            if (_state == RunState.InMigrate)
                return;
            Enter(RunState.Running);
        }
    }

    /// <summary>QMP <c>stop</c>: stops the guest, or, while it is still on its way, lets it stay stopped on arrival.</summary>
    public void Stop()
    {
        lock (_changes)
        {
            _autostart = false;
            if (_state is not (RunState.Running or RunState.Suspended))
                return;
            Enter(RunState.Paused);
        }
    }

    /// <summary>The guest has arrived (stream reference, section 7.2): a live one starts unless it shall not; any other keeps
    /// exactly the state it came with.</summary>
    /// <param name="migrated">The state it had on the source.</param>
    internal void Arrive(RunState migrated)
    {
        lock (_changes)
        {
            bool live = migrated is RunState.Running or RunState.Suspended;
            Enter(!live || _autostart ? migrated : RunState.Paused);
        }
    }

    private void Enter(RunState next)
    {
        RunState previous;
        lock (_lock)
        {
            previous = _state;
            _state = next;
            if (next == RunState.Running)
                _runs.TrySetResult();
            else if (previous == RunState.Running && !_isOff)
                _runs = NewSignal();
        }
        if (previous != next)
            _trace.RunStateChanged(previous, next);
    }
}
