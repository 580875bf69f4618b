using Qemu.Migration.Wire;
using Simulation.Oracle;
using static Simulation.Conformance.KnownDeviations;
using Kind = Simulation.Oracle.OracleFaultKind;

namespace Simulation.Conformance;

/// <summary>By what a disagreement about a stream of postcopy is known to be a deviation of the list.</summary>
internal static class PostcopySigns
{
    /// <summary>The signs, by id.</summary>
    public static (string Id, Func<Hearing, bool> Fits)[] All { get; } =
    [
        ("L4", hearing => Dies(hearing) && (HasFault(hearing, Kind.DiscardRange) || IsAtDiscard(hearing))),
        ("L19", hearing => IsLost(hearing.Qemu) && IsRefused(hearing) && HasFault(hearing, Kind.PackageWithoutRun)),

        // A package that ends before LISTEN leaves precopy as it was.
        ("L19", hearing => hearing.Qemu.Kind == EndKind.Completed && !HasListened(hearing) && IsRefused(hearing) && HasFault(hearing, Kind.PackageWithoutRun)),

        // It refuses RUN, as soon as it comes there: what becomes of it then depends on which of its threads is the first.
        ("L2", hearing => hearing.Oracle.Postcopy?.HasRun == true && !HasCommand(hearing, CommandType.PostcopyRamDiscard) && HasRefusedRun(hearing.Qemu)),
        ("L12", hearing => HasListened(hearing) && !HasCommand(hearing, CommandType.OpenReturnPath) && hearing.Qemu.Kind is EndKind.Hung or EndKind.Crashed or EndKind.Waiting),

        // Outside a package QEMU takes LISTEN too.
        ("L8", hearing => IsLost(hearing.Qemu) && IsRefused(hearing) && (HasListened(hearing) || HasFault(hearing, Kind.CommandOutOfState))),
        ("URGENT", hearing => hearing.Oracle is { Outcome: OracleOutcome.Pending, WaitingForConnection: OracleFault.PreemptConnection }
            && hearing is { Ours.Error.Code: StreamErrorCode.PreemptChannelMissing, Qemu: { Kind: EndKind.Waiting, Detail: "active" } or { Kind: EndKind.Hung } }),
        ("PREEMPT", hearing => IsPaused(hearing) && hearing.Qemu.Kind == EndKind.Crashed && hearing.Qemu.Detail.StartsWith("signal 11", StringComparison.Ordinal)
            && hearing.Case.Connections.Any(connection => connection.IsUrgent) && hearing.Oracle.Fault is { Kind: not Kind.Truncated }),
        ("DISCARDED", hearing => hearing.Qemu.Kind is EndKind.Waiting or EndKind.Completed && IsRefused(hearing) && HasFault(hearing, Kind.EndOutOfState)),

        // Whether it pauses, fails or exits depends on how soon the page comes behind RUN (L9).
        ("L21", hearing => hearing is { Qemu.Kind: not EndKind.Completed, Ours.Kind: EndKind.Completed, OracleKind: EndKind.Completed, Oracle.Postcopy.DroppedPages: > 0 }),
        ("L20", hearing => hearing.Qemu.Kind == EndKind.Completed && IsPaused(hearing) && HasFault(hearing, Kind.SectionAfterRun)),
        ("L9", hearing => IsPaused(hearing) && FailedInPostcopy(hearing.Qemu)),

        // A second LISTEN starts its threads again.
        ("L9", hearing => IsPaused(hearing) && hearing.Qemu.Kind == EndKind.Hung && HasFault(hearing, Kind.CommandOutOfState)),
    ];

    private static bool HasRefusedRun(TrialEnd end) => end.Kind switch
    {
        EndKind.Waiting => end.Detail is "postcopy-active" or "postcopy-device",
        EndKind.Crashed => end.Detail.Contains("CMD_POSTCOPY_RUN in wrong postcopy state", StringComparison.Ordinal),
        EndKind.Failed => end.Detail.Length == 0 || end.Detail.Contains("Operation not permitted", StringComparison.Ordinal),
        _ => false,
    };

    // QEMU 10 says no more than that it has failed, or leaves as one that has; QEMU 11 says that it was in postcopy.
    private static bool FailedInPostcopy(TrialEnd end) => end.Kind switch
    {
        EndKind.Failed => end.Detail.Length == 0 || end.Detail.StartsWith("loadvm failed during postcopy", StringComparison.Ordinal)
            || end.Detail.StartsWith("load of migration failed", StringComparison.Ordinal),
        EndKind.Crashed => !end.Detail.StartsWith("signal", StringComparison.Ordinal),
        _ => false,
    };

    // Of a command that is longer than its stream QEMU throws away what is not there too.
    private static bool IsAtDiscard(Hearing hearing)
    {
        ReadOnlySpan<byte> main = hearing.Case.Connections[0].Bytes.Span;
        return hearing.Oracle.Fault is { RecordOffset: var offset } && offset + 2 < main.Length
            && main[(int)offset] == (byte)SectionType.Command && main[(int)offset + 2] == (byte)CommandType.PostcopyRamDiscard;
    }

    private static bool HasListened(Hearing hearing) => hearing.Oracle.Postcopy?.ListenedAt is not null;

    private static bool HasCommand(Hearing hearing, CommandType command) => hearing.Oracle.Commands.Any(taken => taken.Command == (ushort)command);

    // It stays in postcopy without a source, or dies while it ends its threads.
    private static bool IsLost(TrialEnd end) => end.Kind is EndKind.Waiting or EndKind.Crashed;

    private static bool IsPaused(Hearing hearing) => hearing.Ours.Kind == EndKind.Waiting && hearing.Oracle.Outcome == OracleOutcome.Paused;
}
