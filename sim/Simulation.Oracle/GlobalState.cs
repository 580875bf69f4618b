namespace Simulation.Oracle;

/// <summary>The content of a <c>globalstate</c> section (stream reference, section 1.6).</summary>
/// <param name="RunState">Run state name of the source.</param>
/// <param name="WasSuspended">Whether the guest was suspended before it was stopped.</param>
/// <remarks><code>u32 size   runstate[32]   u8 has_vm_was_suspended   u8 vm_was_suspended   unused[66]</code></remarks>
internal sealed record GlobalState(string RunState, bool WasSuspended)
{
    private const int RunStateOffset = 4;
    private const int RunStateSize = 32;
    private const int WasSuspendedOffset = 37;

    private static readonly string[] RunStates =
    [
        "debug", "inmigrate", "internal-error", "io-error", "paused", "postmigrate", "prelaunch", "finish-migrate",
        "restore-vm", "running", "save-vm", "shutdown", "suspended", "watchdog", "guest-panicked", "colo",
    ];

    /// <summary>Judges a section whose bytes are known to be there.</summary>
    /// <param name="cursor">The main channel.</param>
    /// <param name="body">Offset of the section's data.</param>
    public static GlobalState Read(ByteCursor cursor, long body)
    {
        // The destination forces the last byte to NUL, so a name has at most 31 bytes.
        ReadOnlySpan<byte> name = cursor.At((ulong)(body + RunStateOffset), RunStateSize - 1);
        string runState = ByteCursor.Text(ByteCursor.UpToNul(name));
        // QEMU aborts: its state machine has no transition from inmigrate to these (section 9.1, L26).
        if (!RunStates.Contains(runState) || runState is "debug" or "restore-vm" or "save-vm")
            throw cursor.Fault(OracleFaultKind.UnknownRunState, body + RunStateOffset, $"'{runState}'");

        return new GlobalState(runState, cursor.At((ulong)(body + WasSuspendedOffset), 1)[0] != 0);
    }

    /// <summary>Run state of the destination after completion (section 7.2).</summary>
    /// <param name="migrated">The last section received, or null: a source without one counts as running.</param>
    /// <param name="autostart">False for a destination started with <c>-S</c>.</param>
    public static string Final(GlobalState? migrated, bool autostart)
    {
        string runState = migrated?.RunState ?? "running";
        if (runState is not ("running" or "suspended"))
            return runState;

        if (!autostart)
            return "paused";

        return migrated is { WasSuspended: true } ? "suspended" : runState;
    }

    /// <summary>Run state of a guest that postcopy has let run, which is no matter of the one it came with: but who slept sleeps on, also one
    /// that something else had stopped (both found by running QEMU 10.0.2 and 11.1.3).</summary>
    /// <param name="migrated">The section, or null.</param>
    /// <param name="autostart">False for a destination started with <c>-S</c>.</param>
    public static string AfterPostcopy(GlobalState? migrated, bool autostart) => !autostart ? "paused"
        : migrated is { WasSuspended: true } or { RunState: "suspended" } ? "suspended" : "running";
}
