using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// <c>globalstate</c> v1, the run state the guest had on the source (stream reference, section 1.6):
/// <code>
/// +0   u32       size of the name with its NUL
/// +4   byte[32]  run state, padded with NULs
/// +36  u8        has_vm_was_suspended
/// +37  u8        vm_was_suspended
/// +38  byte[66]  0
/// </code>
/// </summary>
internal static class GlobalStateSection
{
    public const int SizeBytes = 104;
    private const int NameOffset = 4;
    private const int NameBytes = 32;
    private const int WasSuspendedOffset = 37;

    /// <summary>For its versions and subsections: there are none.</summary>
    public static VmStateDescription Layout { get; } = new()
    {
        Name = "globalstate",
        Version = 1,
        MinimumVersion = 1,
        Fields = [new() { Name = "state", Type = "buffer", SizeBytes = SizeBytes }],
    };

    /// <summary>Reads the run state.</summary>
    /// <param name="body">The section's fields, <see cref="SizeBytes"/> bytes.</param>
    /// <param name="offset">Their absolute offset.</param>
    /// <param name="state">The run state.</param>
    /// <param name="sleeps">Whether the guest slept, be it before something else stopped it.</param>
    /// <returns>The error, or null.</returns>
    public static StreamError? Read(ReadOnlySpan<byte> body, long offset, out RunState state, out bool sleeps)
    {
        // An unterminated name loses its last byte, as in QEMU.
        ReadOnlySpan<byte> field = body.Slice(NameOffset, NameBytes - 1);
        string name = CString.Text(field);
        bool known = RunStateNames.TryParse(name, out state);
        // A guest that was suspended when the source stopped it stays suspended (found by running QEMU).
        if (state == RunState.Running && body[WasSuspendedOffset] != 0)
            state = RunState.Suspended;
        sleeps = state == RunState.Suspended || body[WasSuspendedOffset] != 0;
        if (known && !CanArrive(state))
        {
            return new(StreamErrorCode.InvalidRunState, offset + NameOffset, $"run state '{name}', in which no guest migrates")
            {
                Section = "globalstate",
            };
        }
        return known
            ? null
            : new(StreamErrorCode.InvalidRunState, offset + NameOffset, $"'{name}' is no run state") { Section = "globalstate" };
    }

    // QEMU aborts: its state machine has no transition from inmigrate to these (deviation L26).
    private static bool CanArrive(RunState state) => state is not (RunState.Debug or RunState.RestoreVm or RunState.SaveVm);
}
