using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Simulation.Conformance;

/// <summary>How a destination ended.</summary>
internal enum EndKind
{
    /// <summary>The migration completed.</summary>
    Completed,

    /// <summary>The migration failed.</summary>
    Failed,

    /// <summary>It waits for connections that do not come, and answers.</summary>
    Waiting,

    /// <summary>It does nothing and answers nobody.</summary>
    Hung,

    /// <summary>The process died, or the destination threw.</summary>
    Crashed,
}

/// <summary>What a destination made of a case.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Detail">In its own words: the error, the signal.</param>
internal sealed record TrialEnd(EndKind Kind, string Detail)
{
    /// <summary>The guest's run state, a QAPI name; empty where nobody answers.</summary>
    public string RunState { get; init; } = "";

    /// <summary>The RAM block's content where the migration completed; else empty.</summary>
    public ReadOnlyMemory<byte> Ram { get; init; }

    /// <summary>The value of SHUT, the return path's last message, or null where none was sent.</summary>
    public uint? Shut { get; init; }

    /// <summary>The figures of our own destination; null for QEMU.</summary>
    public MigrationStatistics? Figures { get; init; }

    /// <summary>The error of our own destination where it failed; null otherwise, and for QEMU.</summary>
    public StreamError? Error { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Detail.Length == 0 ? $"{Kind}" : $"{Kind} ({Detail})";
}
