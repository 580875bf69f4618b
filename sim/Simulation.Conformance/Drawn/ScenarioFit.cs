using Simulation.Conformance.UnderTest;
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

    /// <summary>Why a program, or a source that it can have, cannot do a scenario.</summary>
    /// <param name="drawn">As it was drawn.</param>
    /// <param name="program">The program.</param>
    /// <returns>The reason, or null.</returns>
    public static string? WhyNot(ScenarioOptions drawn, IDestinationProgram program)
    {
        MachineOptions machine = drawn.Machine;
        MigrationOptions migration = drawn.Migration;
        if (program.HasFixedMachine)
        {
            return machine.StartsPaused ? "its command line has no -S"
                : migration.ValidateUuid ? "its command line has no -uuid"
                : machine.OmitsConfiguration || machine.OmitsSectionFooters || machine.OmitsDescription || machine.FlushesAfterEachSection
                    ? "its command line has no compat properties" : null;
        }

        if (program.Dialect == SourceDialect.Today)
            return null;
        return migration.Transport == Transport.File ? "file: came with QEMU 8.2"
            : migration.SwitchoverAck ? "switchover-ack came with QEMU 8.1"
            : migration.Postcopy is { Preempt: true } ? "a source for QEMU before 8.0 makes the channel for urgent pages earlier"
            : migration is { Postcopy: not null, Multifd: true } ? "postcopy with multifd came with QEMU 11" : null;
    }

    /// <summary>The scenario that stands for it; the same every time.</summary>
    /// <param name="drawn">As it was drawn.</param>
    /// <param name="program">Who shall carry it out, and can.</param>
    public static ScenarioOptions Of(ScenarioOptions drawn, IDestinationProgram program)
    {
        ScenarioOptions fitting = drawn with
        {
            Blocks = program.HasFixedMachine ? [new BlockOptions(RefereeDraw.BlockName, RecordedSources.Pages)] : drawn.Blocks,
            Migration = drawn.Migration with { FileOffset = 0, Postcopy = drawn.Migration.Postcopy is { } postcopy ? Fit(postcopy, drawn) : null },
            Faults = [.. drawn.Faults.Where(ChangesBytes).Select(fault => WithOffset(fault, drawn))],
        };
        return program.Dialect == SourceDialect.Today ? fitting : Before81(fitting);
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

    private static ScenarioOptions Before81(ScenarioOptions fitting) => fitting with
    {
        Machine = fitting.Machine with
        {
            OmitsSwitchoverStart = true,
            FlushesAfterEachSection = true,
            SourceFlushesByRecord = false,
            SourceFlushesAfterEachSection = false,
        },
        Migration = fitting.Migration with
        {
            ZeroPageDetection = fitting.Migration.ZeroPageDetection == ZeroPageDetection.Multifd ? ZeroPageDetection.Legacy : fitting.Migration.ZeroPageDetection,
        },
    };
}
