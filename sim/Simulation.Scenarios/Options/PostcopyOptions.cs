using Simulation.Source.Postcopy;

namespace Simulation.Scenarios.Options;

/// <summary>Capability <c>postcopy-ram</c>, when the guest moves, what it does at the destination, and what is done about a lost
/// connection.</summary>
public sealed record PostcopyOptions
{
    /// <summary>Capability <c>postcopy-preempt</c>: pages that are asked for have a connection of their own.</summary>
    public bool Preempt { get; init; }

    /// <summary>Capability <c>postcopy-blocktime</c>: the destination measures how long the guest waits for pages.</summary>
    public bool MeasuresBlockTime { get; init; }

    /// <summary>Virtual time since the migration has begun at which it goes over to postcopy; absent for never.</summary>
    public long? StartsAtNanoseconds { get; init; }

    /// <summary><c>dirty-sync-count</c> at which it does; absent for never.</summary>
    public int? StartsAtRound { get; init; }

    /// <summary>Bytes sent after which it does; absent for never.</summary>
    public long? StartsAtBytes { get; init; }

    /// <summary>Whether the source does postcopy as QEMU 11.1 does it.</summary>
    public bool IsOfQemu11 { get; init; }

    /// <summary>Parameter <c>max-postcopy-bandwidth</c> of the source in bytes per second; 0 for no limit.</summary>
    public long MaxBandwidth { get; init; }

    /// <summary>Virtual CPUs that touch pages at the destination; 0 for a guest that sleeps there.</summary>
    public int Vcpus { get; init; }

    /// <summary>How many pages each of them touches.</summary>
    public int TouchesPerVcpu { get; init; }

    /// <summary>Mean time between two touches of one, in nanoseconds.</summary>
    public long TouchIntervalNanoseconds { get; init; }

    /// <summary>How many of a hundred touches write.</summary>
    public int WritePercent { get; init; }

    /// <summary>Whether a paused migration is recovered, as often as it is paused.</summary>
    public bool Recovers { get; init; }

    /// <summary>How long the source's manager waits before it connects again, in nanoseconds.</summary>
    public long RecoveryDelayNanoseconds { get; init; }

    /// <summary>When the source goes over to postcopy.</summary>
    internal PostcopyStart Start => new(StartsAtNanoseconds, StartsAtRound, StartsAtBytes);
}
