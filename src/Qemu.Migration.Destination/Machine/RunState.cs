namespace Qemu.Migration.Destination.Machine;

/// <summary>The guest's run state, QAPI <c>RunState</c>; every member is accepted in <c>globalstate</c> (stream reference, 1.6).</summary>
public enum RunState
{
    /// <summary>RUN_STATE_DEBUG: stopped by a debugger.</summary>
    Debug,

    /// <summary>RUN_STATE_INMIGRATE: waiting for an incoming migration.</summary>
    InMigrate,

    /// <summary>RUN_STATE_INTERNAL_ERROR: stopped by an internal error.</summary>
    InternalError,

    /// <summary>RUN_STATE_IO_ERROR: stopped by an I/O error.</summary>
    IoError,

    /// <summary>RUN_STATE_PAUSED: stopped by <c>stop</c>.</summary>
    Paused,

    /// <summary>RUN_STATE_POSTMIGRATE: stopped after an outgoing migration.</summary>
    PostMigrate,

    /// <summary>RUN_STATE_PRELAUNCH: not started yet.</summary>
    PreLaunch,

    /// <summary>RUN_STATE_FINISH_MIGRATE: stopped for the end of an outgoing migration.</summary>
    FinishMigrate,

    /// <summary>RUN_STATE_RESTORE_VM: stopped to load a snapshot.</summary>
    RestoreVm,

    /// <summary>RUN_STATE_RUNNING: running.</summary>
    Running,

    /// <summary>RUN_STATE_SAVE_VM: stopped to save a snapshot.</summary>
    SaveVm,

    /// <summary>RUN_STATE_SHUTDOWN: the guest shut down.</summary>
    Shutdown,

    /// <summary>RUN_STATE_SUSPENDED: the guest sleeps.</summary>
    Suspended,

    /// <summary>RUN_STATE_WATCHDOG: stopped by its watchdog.</summary>
    Watchdog,

    /// <summary>RUN_STATE_GUEST_PANICKED: the guest panicked.</summary>
    GuestPanicked,

    /// <summary>RUN_STATE_COLO: saved or restored for COLO.</summary>
    Colo,
}

/// <summary>The QAPI names of <see cref="RunState"/>.</summary>
public static class RunStateNames
{
    private static readonly string[] Names =
    [
        "debug", "inmigrate", "internal-error", "io-error", "paused", "postmigrate", "prelaunch", "finish-migrate",
        "restore-vm", "running", "save-vm", "shutdown", "suspended", "watchdog", "guest-panicked", "colo",
    ];

    /// <summary>The QAPI name.</summary>
    /// <param name="state">The state.</param>
    /// <returns>Its name.</returns>
    public static string ToQapi(this RunState state) => Names[(int)state];

    /// <summary>Finds a state by its QAPI name.</summary>
    /// <param name="name">The name, exactly.</param>
    /// <param name="state">The state.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse(string name, out RunState state)
    {
        int index = Array.IndexOf(Names, name);
        state = (RunState)Math.Max(index, 0);
        return index >= 0;
    }
}
