using Fuzzing.Engine;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;
using Simulation.Oracle;
using Simulation.Scenarios.Checks;

namespace Fuzzing.Targets.Differential;

/// <summary>Holds what a destination did against what the oracle says of the same bytes.</summary>
internal static class Comparison
{
    private const int PageBytes = 4096;

    /// <summary>Verdict, error, figures, run state and memory.</summary>
    /// <param name="pair">The destination.</param>
    /// <param name="oracle">The oracle's verdict on the same bytes.</param>
    /// <param name="isComplete">Whether main and all channels have come: before that a destination reads no packets.</param>
    public static void Judge(Pair pair, OracleVerdict oracle, bool isComplete)
    {
        MigrationStatus status = pair.Destination.Migration.State.Status;
        if (!isComplete && status == MigrationStatus.Setup && !oracle.Faults.Any(f => f.Connection == 0))
            return;
        if (oracle.OutcomeDependsOnTiming)
        {
            JudgeEither(pair, oracle, status);
            return;
        }
        MigrationStatus expected = oracle.Outcome switch
        {
            OracleOutcome.Accepted => MigrationStatus.Completed,
            OracleOutcome.Failed => MigrationStatus.Failed,
            OracleOutcome.Paused => MigrationStatus.PostcopyPaused,
            _ => MigrationStatus.Setup,
        };
        StreamError? error = pair.Destination.Migration.State.Error;
        FindingException.Unless(
            status == expected, $"the verdict is the oracle's, {oracle.Outcome} {oracle.Fault?.Kind}",
            $"{status} {error}, and the oracle: {oracle.Outcome} {string.Join(" or ", oracle.Faults)}");
        if (error is not null)
            JudgeError(error, oracle);
        if (oracle.Outcome == OracleOutcome.Accepted)
            JudgeFigures(pair, oracle);
        if (oracle.Outcome is OracleOutcome.Accepted or OracleOutcome.Paused || (error is not null && pair.IsSequential && oracle.Fault!.Kind != OracleFaultKind.XbzrleDecode))
            JudgeMemory(pair, oracle);
    }

    // Both outcomes are right. When the migration completes, the guest does not depend on the bytes that were read last.
    private static void JudgeEither(Pair pair, OracleVerdict oracle, MigrationStatus status)
    {
        FindingException.Unless(status.IsTerminal(), "the migration ends", $"status {status}, and the oracle: {oracle.Fault}");
        if (pair.Destination.Migration.State.Error is { } error)
        {
            JudgeError(error, oracle);
            return;
        }
        JudgeRunState(pair, oracle);
        JudgeMemory(pair, oracle);
    }

    private static void JudgeError(StreamError error, OracleVerdict oracle)
    {
        bool fits = false;
        foreach (OracleFault fault in oracle.Faults)
            fits |= FaultNames.Fits(fault, error);
        FindingException.Unless(
            fits, $"the error is the oracle's, {error.Code} for {oracle.Fault!.Kind}", $"{error}, and the oracle: {string.Join(" or ", oracle.Faults)}");
    }

    // After the last sync barrier, how much a destination reads of a channel depends on timing.
    private static void JudgeFigures(Pair pair, OracleVerdict oracle)
    {
        if (oracle.Postcopy is { HasRun: true } postcopy)
        {
            JudgeLegs(pair, oracle, postcopy);
            return;
        }
        MigrationStatistics figures = pair.Destination.Migration.State.Snapshot().Statistics;
        OracleCounters main = oracle.Counters;
        IReadOnlyList<OracleCounters> met = oracle.ChannelCountersMet;
        long onMain = main.Normal + oracle.MappedPages;
        (long Least, long Most) normal = (onMain + met.Sum(c => c.Normal), onMain + oracle.ChannelCounters.Sum(c => c.Normal));
        (long Least, long Most) zero = pair.IsFile ? ZeroesOfFile(oracle, figures)
            : (main.Zero + met.Sum(c => c.Zero), main.Zero + oracle.ChannelCounters.Sum(c => c.Zero));
        FindingException.Unless(
            IsWithin(figures.NormalPages, normal), "normal pages are the oracle's", $"{figures.NormalPages}, and the oracle: {normal}");
        FindingException.Unless(
            IsWithin(figures.ZeroPages, zero), "zero pages are the oracle's", $"{figures.ZeroPages}, and the oracle: {zero}");
        FindingException.Unless(
            figures.XbzrlePages == main.Xbzrle, "deltas are the oracle's", $"{figures.XbzrlePages}, and the oracle: {main.Xbzrle}");
        FindingException.Unless(
            figures.XbzrleBytes == main.XbzrleBytes, "bytes of deltas are the oracle's", $"{figures.XbzrleBytes}, and the oracle: {main.XbzrleBytes}");
        (long Least, long Most) bytes = pair.IsFile ? BytesOfFile(oracle) : (oracle.BytesConsumed + oracle.ChannelBytesMet.Sum(), oracle.BytesConsumed + oracle.ChannelBytesConsumed.Sum());
        FindingException.Unless(
            IsWithin(figures.TransferredBytes, bytes), "the bytes are the oracle's", $"{figures.TransferredBytes}, and the oracle: {bytes}");
        JudgeRunState(pair, oracle);
    }

    // A page of a block that has no content in the file is zero. A file may leave its only block out.
    private static (long Least, long Most) ZeroesOfFile(OracleVerdict oracle, MigrationStatistics figures)
    {
        bool isLeftOut = oracle.MappedPages == 0 && figures.ZeroPages == 0;
        long zeroes = isLeftOut ? 0 : oracle.Ram.Blocks.Sum(block => block.PageCount) - oracle.MappedPages;
        return (zeroes, zeroes);
    }

    // Of a file the places between pages are passed over.
    private static (long Least, long Most) BytesOfFile(OracleVerdict oracle) => (oracle.MappedPages * PageBytes, oracle.BytesConsumed);

    // Several main connections, one after the other.
    private static void JudgeLegs(Pair pair, OracleVerdict oracle, OraclePostcopy postcopy)
    {
        MigrationStatistics figures = pair.Destination.Migration.State.Snapshot().Statistics;
        long normal = postcopy.Legs.Sum(leg => leg.Counters.Normal);
        long zero = postcopy.Legs.Sum(leg => leg.Counters.Zero);
        FindingException.Unless(
            figures.NormalPages == normal && figures.ZeroPages == zero, "pages of postcopy are the oracle's",
            $"{figures.NormalPages} and {figures.ZeroPages}, and the oracle: {normal} and {zero}");
        FindingException.Unless(
            figures.DiscardedPages == postcopy.PagesDiscarded, "discarded pages are the oracle's", $"{figures.DiscardedPages}, and the oracle: {postcopy.PagesDiscarded}");
        bool isDropped = figures.DroppedPages >= postcopy.DroppedPages && figures.DroppedPages <= postcopy.DroppedPages + postcopy.DoubtfulRecords;
        FindingException.Unless(isDropped, "dropped pages are the oracle's", $"{figures.DroppedPages}, and the oracle: {postcopy.DroppedPages}");
        long bytes = postcopy.Legs.Sum(leg => leg.BytesConsumed);
        FindingException.Unless(
            postcopy.Legs.Count > 1 || figures.TransferredBytes == bytes, "the bytes are the oracle's", $"{figures.TransferredBytes}, and the oracle: {bytes}");
        JudgeRunState(pair, oracle);
    }

    private static bool IsWithin(long figure, (long Least, long Most) range) => figure >= range.Least && figure <= range.Most;

    private static void JudgeRunState(Pair pair, OracleVerdict oracle)
    {
        string state = pair.Destination.GuestState.ToQapi();
        FindingException.Unless(
            state == oracle.FinalRunState, "the run state is the oracle's", $"{state}, and the oracle: {oracle.FinalRunState}");
    }

    private static void JudgeMemory(Pair pair, OracleVerdict oracle)
    {
        for (int i = 0; i < oracle.Ram.Blocks.Count; i++)
        {
            OracleRamBlock expected = oracle.Ram.Blocks[i];
            RamBlock here = pair.Destination.Memory.Blocks[i];
            FindingException.Unless(
                here.UsedLengthBytes == expected.UsedLength, "lengths are the oracle's", $"{here.UsedLengthBytes}, and the oracle: {expected.UsedLength}");
            for (int page = 0; page < expected.PageCount; page++)
            {
                if (!GuestMemory.Read(here, (long)page * PageBytes, PageBytes).SequenceEqual(expected.Page(page)))
                    FindingException.Unless(
                        expected.IsAmbiguous(page), "memory is the oracle's", $"page {page} of '{expected.Name}' differs");
            }
        }
    }
}
