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

    /// <summary>It was never begun: this QEMU does not have what the case needs.</summary>
    Unsupported,

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

    /// <summary>The RAM block's content where the migration completed or is paused; else empty.</summary>
    public ReadOnlyMemory<byte> Ram { get; init; }

    /// <summary>What was sent back, a text for each message with the connection's number before it, sorted: the order of two may be a matter
    /// of threads.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>The value of SHUT, the return path's last message, or null where none was sent.</summary>
    public uint? Shut => ReturnPathText.ShutOf(Answers);

    /// <summary>Whether the guest's RAM is what it is: it has its pages, or runs while some are missing.</summary>
    public bool HasRam => Kind == EndKind.Completed || IsPaused;

    /// <summary>Whether its guest runs, and its source is lost.</summary>
    public bool IsPaused => this is { Kind: EndKind.Waiting, Detail: "postcopy-paused" };

    /// <summary>The figures of our own destination; null for QEMU.</summary>
    public MigrationStatistics? Figures { get; init; }

    /// <summary>The error of our own destination where it failed; null otherwise, and for QEMU.</summary>
    public StreamError? Error { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Detail.Length == 0 ? $"{Kind}" : $"{Kind} ({Detail})";
}
