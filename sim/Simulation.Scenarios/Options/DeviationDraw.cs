using Simulation.Engine.Choices;
using Simulation.Source.Deviations;
using Simulation.Source.Savevm;

namespace Simulation.Scenarios.Options;

/// <summary>Draws how a source departs from the format.</summary>
internal static class DeviationDraw
{
    /// <summary>Draws deviations. Most are accepted or lie behind others in the stream: where nothing else goes wrong there may be
    /// several.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="migration">The migration.</param>
    /// <param name="ramBytes">Bytes of RAM that travel.</param>
    /// <param name="isPlain">Whether nothing else goes wrong.</param>
    /// <returns>The deviations, at least one.</returns>
    public static SourceDeviation[] Draw(Prng random, MigrationOptions migration, long ramBytes, bool isPlain)
    {
        List<SourceDeviation> deviations = [];
        for (int left = isPlain ? 1 + random.PickWeighted([50, 35, 15]) : 1; left > 0; left--)
        {
            SourceDeviation drawn = DrawDeviation(random, migration, ramBytes);
            if (!deviations.Exists(other => AreaOf(other) == AreaOf(drawn)))
                deviations.Add(drawn);
        }

        return [.. deviations];
    }

    /// <summary>Draws how a source departs from the format in postcopy.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="hasPreempt">Whether urgent pages have a channel of their own: which of two contents of a page came first on two channels
    /// the oracle cannot know.</param>
    /// <returns>One deviation.</returns>
    public static SourceDeviation[] DrawInPostcopy(Prng random, bool hasPreempt)
    {
        DeviantModeInfo[] modes = [.. DeviantModes.InPostcopy.Where(info => !hasPreempt
            || info.Mode is not (DeviantMode.PostcopyPageAgain or DeviantMode.PostcopyZeroPageAgain))];
        DeviantModeInfo drawn = modes[random.PickWeighted([.. modes.Select(info => WeightOf(info.Mode))])];
        bool elsewhere = random.Chance(Ratio.Percent(40));
        return [new(drawn.Mode) { Occurrence = elsewhere ? drawn.Occurrence + random.NextInt(1 << random.NextInt(5)) : null }];
    }

    // What has an effect in few of the runs that have it is drawn more often: a page that comes again has to come before its connection is
    // lost, and what was thrown away in vain has to have been there.
    private static int WeightOf(DeviantMode mode) => mode is DeviantMode.PostcopyPageAgain or DeviantMode.DiscardOverrunsBlock ? 3 : 1;

    // Structures that lie in one another: who changes the inner one leaves nothing to hold on to in the outer one.
    private static StructureKind AreaOf(SourceDeviation deviation) => DeviantModes.Of(deviation.Mode).Site switch
    {
        StructureKind.SectionStart or StructureKind.MemSize or StructureKind.EndOfRecords or StructureKind.Footer
            or StructureKind.RamStartSection or StructureKind.DeviceSection => StructureKind.SectionStart,
        var site => site,
    };

    private static SourceDeviation DrawDeviation(Prng random, MigrationOptions migration, long ramBytes)
    {
        // Each mode of a site has its part.
        StructureKind[] sites = [.. Enum.GetValues<StructureKind>().Where(site => IsPossible(site, migration) && AtSite(site, migration).Length > 0)];
        int site = random.PickWeighted([.. sites.Select(candidate => AtSite(candidate, migration).Length * WeightOf(candidate))]);
        DeviantModeInfo drawn = random.Pick<DeviantModeInfo>(AtSite(sites[site], migration));
        bool elsewhere = random.Chance(Ratio.Percent(25));
        return new SourceDeviation(drawn.Mode)
        {
            Occurrence = elsewhere ? drawn.Occurrence + random.NextInt(3) : null,
            Channel = migration.Multifd && random.Chance(Ratio.Percent(50)) ? random.NextInt(migration.MultifdChannels) : 0,
            CutAt = ScenarioDraw.DrawOffset(random, ramBytes),
        };
    }

    // Nobody answers into a file: a destination that is asked to must refuse, and no oracle knows what a channel can do.
    private static DeviantModeInfo[] AtSite(StructureKind site, MigrationOptions migration) =>
    [
        .. DeviantModes.All.Where(info => info.Site == site
            && (info.Mode != DeviantMode.ReturnPathTwice || migration.Transport != Transport.File)),
    ];

    // What only some migrations can get wrong has a larger part there.
    private static int WeightOf(StructureKind site) => site switch
    {
        StructureKind.MultifdInitial or StructureKind.MultifdPacket => 4,
        StructureKind.MultifdEnd => 8,
        StructureKind.MappedRamHeader => 12,
        _ => 1,
    };

    private static bool IsPossible(StructureKind site, MigrationOptions migration) => site switch
    {
        StructureKind.MultifdInitial or StructureKind.MultifdPacket or StructureKind.MultifdEnd =>
            migration.Multifd && !migration.MappedRam,
        StructureKind.MappedRamHeader => migration.MappedRam,
        StructureKind.RamStartSection or StructureKind.MemSize => !migration.MappedRam,
        _ => true,
    };
}
