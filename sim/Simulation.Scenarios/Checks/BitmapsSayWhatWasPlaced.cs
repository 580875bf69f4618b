using Qemu.Migration.Wire;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Source.Postcopy;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// The bitmaps that a source gets in a recovery are the pages that were placed: all that were for certain, none that cannot have been.
/// Pages were discarded that were still dirty at the source, and those of them are counted that had been received.
/// </summary>
public sealed class BitmapsSayWhatWasPlaced : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Oracle is { Postcopy: not null };

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { Postcopy: { } postcopy } oracle)
            return null;
        return JudgeBitmaps(run, oracle) ?? JudgeDiscards(run, postcopy);
    }

    private static string? JudgeBitmaps(RunObservation run, OracleVerdict oracle)
    {
        // Where main has come whole and a requested page has not, the destination pauses. The oracle knows no requests: for it the migration is
        // over then, and what follows is not read.
        for (int leg = 1; leg <= run.Recoveries.Count && leg < oracle.Postcopy!.Legs.Count; leg++)
        {
            List<SentMessage> sent = [.. SentMessage.ReadAll(run.Recoveries[leg - 1].Sent).Where(message => message.Type == ReturnPathMessageType.RecvBitmap)];
            List<OracleReturnMessage> due = [.. oracle.ReturnPath.Where(message => message.Leg == leg && message.Block is not null)];
            if (sent.Count > due.Count)
                return $"{sent.Count} bitmaps were sent on '{run.Recoveries[leg - 1].Name}', and {due.Count} were asked for";
            for (int i = 0; i < sent.Count; i++)
            {
                if (sent[i].Block != due[i].Block)
                    return $"the bitmap of block '{sent[i].Block}' was sent in place of '{due[i].Block}'";
                if (FirstWrong(sent[i].Bitmap, due[i]) is { } page)
                    return $"the bitmap of block '{sent[i].Block}' on '{run.Recoveries[leg - 1].Name}' is wrong at page {page}";
            }
        }

        return null;
    }

    private static int? FirstWrong(byte[] sent, OracleReturnMessage due)
    {
        if (sent.Length != due.Bitmap.Length)
            return 8 * Math.Min(sent.Length, due.Bitmap.Length);
        for (int i = 0; i < sent.Length; i++)
        {
            int wrong = (sent[i] ^ due.Bitmap.Span[i]) & ~due.DoubtfulBitmap.Span[i];
            if (wrong != 0)
                return (8 * i) + int.TrailingZeroCount(wrong);
        }

        return null;
    }

    private static string? JudgeDiscards(RunObservation run, OraclePostcopy postcopy)
    {
        long here = run.FinalStatistics.DiscardedPages;
        if (here != postcopy.PagesDiscarded)
            return $"{here} pages were discarded that had been received, and {postcopy.PagesDiscarded} should have been";

        // What was sent before the guest was stopped has been received, where nothing was lost.
        if (!run.IsClean || postcopy.ListenedAt is null)
            return null;
        HashSet<int> sent = [];
        int dirty = 0;
        foreach (PageEvent page in run.SourcePages.Events)
        {
            if (page.Kind == PageEventKind.Sent)
                sent.Add(page.Page);
            else if (page.Kind == PageEventKind.Discarded && sent.Contains(page.Page))
                dirty++;
            else if (page.Kind is not PageEventKind.Discarded)
                break;
        }

        return dirty == here ? null : $"{here} pages were discarded that had been received, and {dirty} were dirty at the source";
    }
}
