using Qemu.Migration.Destination;
using Simulation.Oracle;

namespace Simulation.Runner.Refereeing;

/// <summary>By what a disagreement is known to be a deviation of the list (<see cref="Deviations"/>).</summary>
internal static class KnownDeviations
{
    private static readonly (string Id, Func<Hearing, bool> Fits)[] Signs =
    [
        ("L1", IsHangAtMeeting),
        ("L3", IsLateErrorToldAsSuccess),
        ("L7", IsStalePage),
        ("L13", hearing => hearing.Qemu.Kind == EndKind.Completed && HasFault(hearing, OracleFaultKind.MachineNameMismatch)),
    ];

    /// <summary>The deviation that explains a disagreement.</summary>
    /// <param name="hearing">What the three made of the case.</param>
    /// <returns>Its id, or null.</returns>
    public static string? IdFor(Hearing hearing)
    {
        foreach ((string id, Func<Hearing, bool> fits) in Signs)
        {
            if (fits(hearing))
                return id;
        }

        return null;
    }

    private static bool HasFault(Hearing hearing, OracleFaultKind kind) => hearing.Ours.Kind == EndKind.Failed && hearing.Oracle.Fault?.Kind == kind;

    private static bool IsHangAtMeeting(Hearing hearing) => hearing.Qemu.Kind == EndKind.Hung && hearing.Case.HasChannels
        && hearing.Ours.Kind == EndKind.Failed && hearing.OracleKind == EndKind.Failed;

    private static bool IsLateErrorToldAsSuccess(Hearing hearing) =>
        hearing is { Qemu: { Kind: EndKind.Failed, Shut: 0 }, Ours: { Kind: EndKind.Failed, Shut: 1 }, Case.HasChannels: true };

    private static bool IsStalePage(Hearing hearing)
    {
        const int PageBytes = 4096;
        if (hearing is not { Qemu.Kind: EndKind.Completed, Ours.Kind: EndKind.Completed, OracleKind: EndKind.Completed })
            return false;
        byte[] before = new byte[hearing.Case.Block.LengthBytes];
        hearing.Case.FillRam(before);
        IReadOnlyList<int> pages = hearing.PagesUnlikeOracle(hearing.Qemu);
        return pages.Count > 0 && hearing.PagesUnlikeOracle(hearing.Ours).Count == 0 && pages.All(page =>
            hearing.Qemu.Ram.Span.Slice(page * PageBytes, PageBytes).SequenceEqual(before.AsSpan(page * PageBytes, PageBytes))
            && hearing.Ours.Ram.Span.Slice(page * PageBytes, PageBytes).IndexOfAnyExcept((byte)0) < 0);
    }
}
