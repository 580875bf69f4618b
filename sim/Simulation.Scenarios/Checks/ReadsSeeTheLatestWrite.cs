using Simulation.Scenarios.Observing;
using Simulation.Source.Guest;

namespace Simulation.Scenarios.Checks;

/// <summary>Every read of the guest sees the latest write, on whichever side it was made: a page is what it was at the source when the
/// guest was stopped there, with what the guest has written here since. No page is lost, none is stale, none comes from a read that
/// failed, none is placed in part.</summary>
public sealed class ReadsSeeTheLatestWrite : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.IsClean && run.Accesses.Exists(access => !access.IsWrite);

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!run.IsClean || run.SourceRam is not { } source)
            return null;
        foreach (GuestAccess read in run.Accesses)
        {
            if (read.IsWrite || read.IsGivenUp || read.EndNanoseconds is null)
                continue;
            GuestBlock block = source.Blocks.First(candidate => candidate.Name == read.Block);
            List<GuestAccess> writes = GuestWrites.Of(run, read.Block, read.Page);
            if (!GuestWrites.HashesOf(read, writes, source.Page(block.FirstPage + read.Page)).Contains(read.ReadHash))
            {
                return $"virtual CPU {read.Vcpu} read page {read.Page} of block '{read.Block}' at {read.EndNanoseconds} ns, and it was neither what "
                    + $"the source had nor that with {writes.Count} writes";
            }
        }

        return null;
    }
}
