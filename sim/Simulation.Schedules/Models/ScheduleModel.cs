using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Simulation.Schedules.Models;

/// <summary>How pages come into a model's guest memory.</summary>
public enum ModelKind
{
    /// <summary>Read in place from a socket.</summary>
    InPlace,

    /// <summary>Copied page by page, as from TLS.</summary>
    Copied,

    /// <summary>Copied in runs into a memory file.</summary>
    WrittenThrough,
}

/// <summary>
/// A small migration whose bytes never change: what differs between two runs is only who goes when. The destination in it is the
/// real one; the source is bytes that lie ready, so that a run costs little more than its decisions.
/// </summary>
public sealed record ScheduleModel
{
    /// <summary>The name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What happens in it, one clause.</summary>
    public required string Description { get; init; }

    /// <summary>The machine.</summary>
    public required MachineProfile Machine { get; init; }

    /// <summary>What is switched on.</summary>
    public required MigrationCapabilities Capabilities { get; init; }

    /// <summary>The parameters.</summary>
    public required MigrationParameters Parameters { get; init; }

    /// <summary>The connections, each served by a task of its own.</summary>
    public required IReadOnlyList<ModelConnection> Connections { get; init; }

    /// <summary>Which of the connections is the migration's main channel.</summary>
    public int MainIndex { get; init; }

    /// <summary>Whether the connections come through a listener and its accept loop, each by a task of the peer's; else each is handed to
    /// the destination by its own task.</summary>
    public bool Listens { get; init; }

    /// <summary>QMP commands that a monitor sends beside everything else, one after the other.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>The host's channels and memory.</summary>
    public ModelKind Kind { get; init; }

    /// <summary>How often the monitor asks for the figures, each of the two times.</summary>
    public required int Queries { get; init; }

    /// <summary>What the guest's RAM is when the migration has completed, but for what the guest itself has written there.</summary>
    public required ReadOnlyMemory<byte> Ram { get; init; }

    /// <summary>The figures when the migration has completed; null where they depend on when connections are cut.</summary>
    public required ModelFigures? Figures { get; init; }

    /// <summary>Why the migration may fail; empty where it has to complete, whatever the schedule.</summary>
    public required IReadOnlyList<StreamErrorCode> Errors { get; init; }

    /// <summary>Whether it may also complete where it may fail.</summary>
    public bool MayComplete { get; init; }

    /// <summary>What each virtual CPU does once the guest runs here, one access after the other. A page is written by one of them at
    /// most, and read by others only where nobody writes it.</summary>
    public IReadOnlyList<IReadOnlyList<ModelAccess>> Vcpus { get; init; } = [];

    /// <summary>How often <c>migrate-pause</c> is sent, as soon as the migration is in postcopy.</summary>
    public int Pauses { get; init; }
}

/// <summary>An access of the guest to its memory.</summary>
/// <param name="Page">The page's number.</param>
/// <param name="Write">The byte that it stores in the page's middle; null where it reads the page.</param>
public readonly record struct ModelAccess(int Page, byte? Write = null);

/// <summary>What a completed migration has received.</summary>
/// <param name="NormalPages">Pages with content.</param>
/// <param name="ZeroPages">Pages without.</param>
/// <param name="UniquePages">Pages that arrived at least once.</param>
/// <param name="MultifdBytes">Bytes of the multifd channels.</param>
/// <param name="TransferredBytes">Bytes of all channels.</param>
public readonly record struct ModelFigures(
    long NormalPages, long ZeroPages, long UniquePages, long MultifdBytes, long TransferredBytes);
