namespace Simulation.Scenarios.Options;

/// <summary>When the management client ends the host.</summary>
public enum QuitMoment
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>When everything is over.</summary>
    AtTheEnd,

    /// <summary>In place of <c>migrate-incoming</c>.</summary>
    BeforeIncoming,

    /// <summary>After half of its commands; not with a file.</summary>
    UnderWay,
}

/// <summary>The QMP clients at the destination: how often and how rudely they ask. The first one manages the migration: after its
/// commands it polls at growing intervals until the migration has ended.</summary>
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

    /// <summary>Whether it also stops and continues the guest, starts the migration again, changes capabilities, sends nonsense, sends
    /// several commands at once or one in pieces.</summary>
    public bool IsAwkward { get; init; }

    /// <summary>Whether its first <c>migrate-incoming</c> names an address that cannot be listened on.</summary>
    public bool FirstAddressIsTaken { get; init; }

    /// <summary>How long a byte is under way between client and host, in nanoseconds.</summary>
    public long LatencyNanoseconds { get; init; }

    /// <summary>How much longer it may take, in nanoseconds.</summary>
    public long JitterNanoseconds { get; init; }

    /// <summary>Whether the host reads a few bytes at a time.</summary>
    public bool ReadsShort { get; init; }

    /// <summary>Whether capabilities and parameters are set by commands, and not on the command line.</summary>
    public bool SetsUpByCommand { get; init; }

    /// <summary>Whether it loses its connection under way and makes another.</summary>
    public bool Reconnects { get; init; }

    /// <summary>How many other clients come.</summary>
    public int Visitors { get; init; }

    /// <summary>Whether the host ends when the migration fails (<c>exit-on-error</c>).</summary>
    public bool ExitsOnError { get; init; }

    /// <summary>When it sends <c>quit</c>.</summary>
    public QuitMoment Quits { get; init; }
}
