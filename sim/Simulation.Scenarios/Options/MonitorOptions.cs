namespace Simulation.Scenarios.Options;

/// <summary>The QMP client at the destination: how often and how rudely it asks. After its commands it polls at growing intervals
/// until the migration has ended.</summary>
public sealed record MonitorOptions
{
    /// <summary>When it sends <c>migrate-incoming</c>, in virtual nanoseconds.</summary>
    public long StartsAtNanoseconds { get; init; }

    /// <summary>How many commands it sends at its own pace.</summary>
    public int CommandCount { get; init; }

    /// <summary>The mean time between those; 0 for as fast as the scheduler lets it.</summary>
    public long IntervalNanoseconds { get; init; }

    /// <summary>Whether it asks at once whenever it hears an event or sees a connection come, as a manager does.</summary>
    public bool ReactsAtOnce { get; init; }

    /// <summary>Whether it also stops and continues the guest, starts the migration again, changes capabilities and sends nonsense.</summary>
    public bool IsAwkward { get; init; }

    /// <summary>Whether its first <c>migrate-incoming</c> names an address that cannot be listened on.</summary>
    public bool FirstAddressIsTaken { get; init; }
}
