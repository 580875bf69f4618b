using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Simulation.Scenarios.Observing;
using Simulation.Source.Guest;

namespace Simulation.Scenarios.Checks;

/// <summary>After a completed migration of an honest source over honest connections each page is what it was at the source when the
/// guest was stopped there, whatever stood here before; blocks left out keep what they had.</summary>
public sealed class RamEqualsSourceAtSwitchover : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.FinalStatus != MigrationStatus.Completed || !run.IsClean || run.Memory is null || run.SourceRam is null)
            return null;
        foreach (GuestBlock block in run.SourceRam.Blocks)
        {
            RamBlock here = run.Memory.Blocks[block.Index];
            if (here.UsedLengthBytes != block.Layout.LengthBytes)
                return $"block '{block.Name}' has {here.UsedLengthBytes} bytes here and {block.Layout.LengthBytes} at the source";
            if (here.IsIgnored(run.Options.Migration.IgnoreShared))
            {
                if (GuestMemory.Read(here, 0, (int)here.UsedLengthBytes).ContainsAnyExcept(run.Options.PoisonByte ?? 0))
                    return $"block '{block.Name}' is left out of the migration and was written";
                continue;
            }

            for (int page = 0; page < block.PageCount; page++)
            {
                ReadOnlySpan<byte> content = GuestMemory.Read(here, (long)page * GuestRam.PageBytes, GuestRam.PageBytes);
                if (!content.SequenceEqual(run.SourceRam.Page(block.FirstPage + page)))
                    return $"page {page} of block '{block.Name}' is not what it was at the source";
            }
        }

        return null;
    }
}
