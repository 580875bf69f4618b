using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Guest memory is what the oracle makes of the bytes that came, however the migration ended. A migration that was never active has
/// written nothing. Where one reader wrote, each page is exactly what the records say. Where several wrote, each page holds what it held
/// before, or a version that came whole. Honest runs that completed are left to <see cref="RamEqualsSourceAtSwitchover"/>.
/// </summary>
public sealed class RamEqualsOracle : ICheck
{
    /// <summary>A block of more pages is looked at only where something came, or nearby.</summary>
    private const int MostPages = 1 << 16;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.Oracle is { } oracle && run.Memory is not null && !IsJudgedBySource(run, oracle);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { } oracle || run.Memory is null || IsJudgedBySource(run, oracle))
            return null;
        foreach (OracleRamBlock expected in oracle.Ram.Blocks)
        {
            RamBlock here = run.Memory.Blocks.First(block => block.Name == expected.Name);
            for (int page = 0; page < expected.PageCount; page++)
            {
                if (expected.PageCount > MostPages && !expected.IsKept(page))
                {
                    page = expected.NextKept(page) - 1;
                    continue;
                }

                if (JudgePage(run, oracle, expected, here, page) is { } violation)
                    return $"page {page} of block '{here.Name}' {violation}";
            }
        }

        return null;
    }

    private static string? JudgePage(RunObservation run, OracleVerdict oracle, OracleRamBlock expected, RamBlock here, int page)
    {
        int pageBytes = run.PageBytes;
        ReadOnlySpan<byte> content = GuestMemory.Read(here, (long)page * pageBytes, pageBytes);
        if (run.Activation is null)
            return !here.Received[page] && content.SequenceEqual(expected.Before(page)) ? null : "was written before the migration was active";
        if (IsExact(run, oracle))
            return expected.IsAmbiguous(page) ? JudgeDoubtful(run, expected, here, page, content) : JudgeExactly(run, expected, here, page, content);

        // Only a page that is read in place, from a channel or at its place in a file, can be left half written (C7).
        if (!expected.MayHold(page, content, mayBeTorn: run.ReadsInPlace > 0 || run.Options.Migration.MappedRam))
            return "holds neither what it held before nor a version that came whole";
        return here.Received[page] && !expected.IsReceived(page) && !run.Options.Migration.MappedRam
            ? "is marked received and never came" : null;
    }

    private static string? JudgeExactly(RunObservation run, OracleRamBlock expected, RamBlock here, int page, ReadOnlySpan<byte> content)
    {
        // In a mapped-ram file no record speaks of a page that is zero.
        if (here.Received[page] != expected.IsReceived(page) && !run.Options.Migration.MappedRam)
            return $"is {(here.Received[page] ? "" : "not ")}marked received";
        return GuestWrites.MayHold(run, here.Name, page, content, expected.Page(page)) ? null : "is not what the stream says";
    }

    // Nobody can say whether it was read from a connection that was lost: then it is either there or missing. Or two connections brought
    // it, and nobody can say which was first. The guest may have changed one that is there.
    private static string? JudgeDoubtful(RunObservation run, OracleRamBlock expected, RamBlock here, int page, ReadOnlySpan<byte> content)
    {
        if (GuestWrites.Of(run, here.Name, page).Count > 0)
            return null;
        if (!expected.IsDoubtful(page))
            return !expected.KeepsVersions || expected.MayHold(page, content, mayBeTorn: false) ? null : "is none of what came";
        return content.SequenceEqual(here.Received[page] ? expected.Page(page) : expected.Before(page)) || expected.MayHold(page, content, mayBeTorn: false)
            ? null : "is neither missing nor what the stream says";
    }

    private static bool IsJudgedBySource(RunObservation run, OracleVerdict oracle) =>
        run.FinalStatus == MigrationStatus.Completed && run.IsClean && !oracle.OutcomeDependsOnTiming;

    // Several readers that are stopped are stopped anywhere. In postcopy main is the only one.
    private static bool IsExact(RunObservation run, OracleVerdict oracle) =>
        run.Options.Migration is { Multifd: false, MappedRam: false } || oracle.Postcopy is { HasRun: true }
        || (run.FinalStatus == MigrationStatus.Completed && oracle.Outcome == OracleOutcome.Accepted && !oracle.OutcomeDependsOnTiming);
}
