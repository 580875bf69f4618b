using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>A case, and what the three made of it.</summary>
/// <param name="Case">The case.</param>
/// <param name="Ours">What our destination made of it.</param>
/// <param name="Oracle">What the oracle says must come of it.</param>
/// <param name="Qemu">What the real destination made of it.</param>
internal sealed record Hearing(RefereeCase Case, TrialEnd Ours, OracleVerdict Oracle, TrialEnd Qemu)
{
    private const int PageBytes = 4096;

    /// <summary>The oracle's verdict as an end.</summary>
    public EndKind OracleKind => Oracle.Outcome switch
    {
        OracleOutcome.Accepted => EndKind.Completed,
        OracleOutcome.Failed => EndKind.Failed,
        _ => EndKind.Waiting,
    };

    /// <summary>Whether an end is one that the oracle allows: its own, or either end of a migration where timing decides.</summary>
    /// <param name="end">How a destination ended.</param>
    public bool Allows(EndKind end) => end == OracleKind
        || (Oracle.OutcomeDependsOnTiming && end is EndKind.Completed or EndKind.Failed);

    /// <summary>Pages in which a destination's RAM is not the oracle's, where both know; the first is named by its number.</summary>
    /// <param name="end">The destination's end, completed.</param>
    /// <returns>Their numbers.</returns>
    public IReadOnlyList<int> PagesUnlikeOracle(TrialEnd end)
    {
        OracleRamBlock expected = Oracle.Ram.Blocks[0];
        List<int> pages = [];
        for (int page = 0; page < expected.PageCount; page++)
        {
            if (!expected.IsAmbiguous(page)
                && !end.Ram.Span.Slice(page * PageBytes, PageBytes).SequenceEqual(expected.Page(page)))
                pages.Add(page);
        }

        return pages;
    }

    /// <summary>Pages in which our RAM is not QEMU's; those that timing decides are left out.</summary>
    public IReadOnlyList<int> PagesUnlikeQemu => [.. Enumerable.Range(0, Ours.Ram.Length / PageBytes).Where(page =>
        !Oracle.Ram.Blocks[0].IsAmbiguous(page)
        && !Ours.Ram.Span.Slice(page * PageBytes, PageBytes).SequenceEqual(Qemu.Ram.Span.Slice(page * PageBytes, PageBytes)))];
}
