using Simulation.Engine.Fabric;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;

namespace Simulation.Conformance.Drawn;

/// <summary>Makes of a drawn scenario one that a process can be given, as <see cref="ScenarioPart"/> says of each of its parts.</summary>
internal static class ScenarioFit
{
    // Every change from main to the channel for urgent pages and back is waited for.
    private const int MostTouches = 8;

    /// <summary>The scenario that stands for it; the same every time.</summary>
    /// <param name="drawn">As it was drawn.</param>
    /// <param name="dialect">What kind of source writes it.</param>
    /// <returns>The scenario; null where a source of that kind cannot do it.</returns>
    public static ScenarioOptions? Of(ScenarioOptions drawn, SourceDialect dialect)
    {
        ScenarioOptions fitting = drawn with
        {
            Migration = drawn.Migration with { FileOffset = 0, Postcopy = drawn.Migration.Postcopy is { } postcopy ? Fit(postcopy, drawn) : null },
            Faults = [.. drawn.Faults.Where(ChangesBytes).Select(fault => WithOffset(fault, drawn))],
        };
        return dialect == SourceDialect.Today ? fitting : Before81(fitting);
    }

    /// <summary>Where a fault that is bound to a time acts on bytes: at the same share of RAM.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="drawn">The scenario.</param>
    public static long OffsetOf(FaultOptions fault, ScenarioOptions drawn)
    {
        if (fault.OffsetBytes is { } offset)
            return offset;
        long bytes = drawn.Blocks.Sum(block => (long)block.Pages) * GuestRam.UsualPageBytes;
        if (drawn.Migration.Multifd)
            bytes /= Math.Max(1, drawn.Migration.MultifdChannels);
        return (long)((Int128)fault.AtNanoseconds * bytes / Math.Max(1, drawn.FaultsEndNanoseconds));
    }

    /// <summary>Whether a fault makes other bytes of what is sent.</summary>
    /// <param name="fault">The fault.</param>
    public static bool ChangesBytes(FaultOptions fault) => fault.Direction == Direction.ClientToServer
        && fault.Kind is FaultKind.Corrupt or FaultKind.Truncate or FaultKind.Reset;

    private static FaultOptions WithOffset(FaultOptions fault, ScenarioOptions drawn) => fault with { OffsetBytes = OffsetOf(fault, drawn) };

    // A recovery brings what the destination of the recording has not received: another may have received less of what leaves the format.
    private static PostcopyOptions Fit(PostcopyOptions postcopy, ScenarioOptions drawn) => postcopy with
    {
        Vcpus = Math.Min(postcopy.Vcpus, 1),
        TouchesPerVcpu = Math.Min(postcopy.TouchesPerVcpu, MostTouches),
        Recovers = postcopy.Recovers && drawn.Deviations.Count == 0,
    };

    private static ScenarioOptions? Before81(ScenarioOptions fitting)
    {
        MigrationOptions migration = fitting.Migration;
        if (migration.MappedRam || migration.SwitchoverAck || migration.Postcopy is { Preempt: true } || migration is { Postcopy: not null, Multifd: true })
            return null;
        return fitting with
        {
            Machine = fitting.Machine with
            {
                OmitsSwitchoverStart = true,
                FlushesAfterEachSection = true,
                SourceFlushesByRecord = false,
                SourceFlushesAfterEachSection = false,
            },
            Migration = migration with
            {
                ZeroPageDetection = migration.ZeroPageDetection == ZeroPageDetection.Multifd ? ZeroPageDetection.Legacy : migration.ZeroPageDetection,
            },
        };
    }
}
