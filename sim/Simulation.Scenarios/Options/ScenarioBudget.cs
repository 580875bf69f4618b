using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Source.Guest;

namespace Simulation.Scenarios.Options;

/// <summary>How long a migration may take.</summary>
internal static class ScenarioBudget
{
    /// <summary>How much slower or farther one of unequal links can be.</summary>
    public const int LinkSpread = 4;

    /// <summary>How long the migration takes once its guest sleeps and no fault acts, generously.</summary>
    /// <param name="options">The scenario.</param>
    /// <returns>Virtual nanoseconds.</returns>
    public static long DurationOf(ScenarioOptions options) => DurationOf(
        options.Migration, options.Link, RamBytesOf(options.Blocks, options.Machine.PageBytes) + (options.Migration.MappedRam ? GapBytesOf(options.Blocks) : 0));

    /// <summary>Bytes of RAM that the source has to send.</summary>
    /// <param name="blocks">The machine's blocks.</param>
    /// <param name="pageBytes">The size of its pages.</param>
    /// <returns>Their lengths at the source.</returns>
    public static long RamBytesOf(IReadOnlyList<BlockOptions> blocks, int pageBytes) =>
        blocks.Where(block => !block.Stays).Sum(block => (long)block.Pages) * pageBytes;

    // In a mapped-ram file the pages of each block begin at an aligned offset. A reader that fills its buffer also reads the gap before them.
    private static long GapBytesOf(IReadOnlyList<BlockOptions> blocks) => blocks.Count * (long)MappedRamHeader.PagesAlignmentBytes;

    /// <summary>The same, of its parts.</summary>
    public static long DurationOf(MigrationOptions migration, LinkOptions link, long ramBytes)
    {
        if (migration.HasUnequalLinks)
        {
            link = link with
            {
                LatencyNanoseconds = link.LatencyNanoseconds * LinkSpread,
                BytesPerSecond = (link.BytesPerSecond + LinkSpread - 1) / LinkSpread,
            };
        }

        long delay = link.LatencyNanoseconds + link.JitterNanoseconds;

        // A chunk travels alone in the worst of windows; devices, headers and round trips take their share too.
        long perTrip = Math.Min(link.WindowBytes, link.MaximumChunkBytes);
        long windowRate = delay == 0 ? long.MaxValue : perTrip * VirtualDuration.Second / delay;
        long rate = Math.Min(windowRate, link.BytesPerSecond == 0 ? long.MaxValue : link.BytesPerSecond);
        rate = Math.Min(rate, migration.MaxBandwidth == 0 ? long.MaxValue : migration.MaxBandwidth);
        long transfer = rate == long.MaxValue ? 0 : VirtualDuration.OfTransfer(ramBytes + (64 << 10), Math.Max(1, rate));
        return VirtualDuration.Millisecond + transfer + (16 * delay);
    }
}
