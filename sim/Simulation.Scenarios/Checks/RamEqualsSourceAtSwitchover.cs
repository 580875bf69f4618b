using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Simulation.Scenarios.Observing;
using Simulation.Source.Guest;

namespace Simulation.Scenarios.Checks;

/// <summary>After a completed migration of an honest source over honest connections each page is what it was at the source when the
/// guest was stopped there, with what it has written here since, whatever stood here before; blocks left out keep what they had.</summary>
public sealed class RamEqualsSourceAtSwitchover : ICheck
{
    /// <summary>What is looked at of a block that is left out: a block with free pages can be larger than the host.</summary>
    private const int MostBytes = 64 << 20;

    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        run.FinalStatus == MigrationStatus.Completed && run.IsClean && run.Memory is not null && run.SourceRam is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.FinalStatus != MigrationStatus.Completed || !run.IsClean || run.Memory is null || run.SourceRam is null)
            return null;
        foreach (GuestBlock block in run.SourceRam.Blocks)
        {
            RamBlock here = run.Memory.Blocks.First(candidate => candidate.Name == block.Name);
            if (here.UsedLengthBytes != block.Layout.LengthBytes)
                return $"block '{block.Name}' has {here.UsedLengthBytes} bytes here and {block.Layout.LengthBytes} at the source";
            if (here.IsIgnored(run.Options.Migration.IgnoreShared))
            {
                if (IsWritten(run, here))
                    return $"block '{block.Name}' is left out of the migration and was written";
                continue;
            }

            for (int page = 0; page < block.PageCount; page++)
            {
                ReadOnlySpan<byte> content = GuestMemory.Read(here, block.OffsetOf(block.FirstPage + page), block.PageBytes);
                if (!GuestWrites.MayHold(run, block.Name, page, content, run.SourceRam.Page(block.FirstPage + page)))
                    return $"page {page} of block '{block.Name}' is not what it was at the source";
            }
        }

        RamBlock? stays = run.Memory.Blocks.FirstOrDefault(block => !block.Description.Migratable && IsWritten(run, block));
        return stays is null ? null : $"block '{stays.Name}' does not migrate and was written";
    }

    private static bool IsWritten(RunObservation run, RamBlock block) =>
        GuestMemory.Read(block, 0, (int)Math.Min(block.UsedLengthBytes, MostBytes)).ContainsAnyExcept(run.Options.PoisonByte ?? 0);
}
