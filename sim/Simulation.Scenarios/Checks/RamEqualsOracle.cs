using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Guest memory is what the bytes that came make of it, by the oracle's own reading: also after corruption, also where the
/// migration failed, and untouched where no record came. Where all was honest, <see cref="RamEqualsSourceAtSwitchover"/> says as much.</summary>
public sealed class RamEqualsOracle : ICheck
{
    private const int PageBytes = 4096;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { } oracle || run.Memory is null || !IsKnown(run, oracle))
            return null;
        foreach (OracleRamBlock expected in oracle.Ram.Blocks)
        {
            RamBlock here = run.Memory.Blocks.First(block => block.Name == expected.Name);
            for (int page = 0; page < expected.PageCount; page++)
            {
                if (!expected.IsKept(page))
                {
                    page = expected.NextKept(page) - 1;
                    continue;
                }

                if (expected.IsAmbiguous(page))
                    continue;

                // In a mapped-ram file no record speaks of a page that is zero.
                if (here.Received[page] != expected.IsReceived(page) && !run.Options.Migration.MappedRam)
                    return $"page {page} of block '{here.Name}' is {(here.Received[page] ? "" : "not ")}marked received";
                ReadOnlySpan<byte> content = GuestMemory.Read(here, (long)page * PageBytes, PageBytes);
                if (!content.SequenceEqual(expected.Page(page)))
                    return $"page {page} of block '{here.Name}' is not what the stream says";
            }
        }

        return null;
    }

    // A failed migration with several readers stops them anywhere; a delta that is wrong may have changed its page.
    private static bool IsKnown(RunObservation run, OracleVerdict oracle) => run.FinalStatus switch
    {
        MigrationStatus.Completed => oracle.Outcome == OracleOutcome.Accepted && !oracle.OutcomeDependsOnTiming && !run.IsClean,
        MigrationStatus.Failed => !run.Options.Migration.Multifd && !run.Options.Migration.MappedRam
            && oracle.Fault is { Kind: not OracleFaultKind.XbzrleDecode },
        _ => false,
    };
}
