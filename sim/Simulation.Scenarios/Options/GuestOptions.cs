using Simulation.Source.Guest;

namespace Simulation.Scenarios.Options;

/// <summary>What is in the guest's memory and what the guest does to it until faults end.</summary>
public sealed record GuestOptions
{
    /// <summary>How likely each kind of page is.</summary>
    public required ContentMix Content { get; init; }

    /// <summary>Which pages it writes.</summary>
    public DirtyPattern Pattern { get; init; }

    /// <summary>Pages written per virtual second.</summary>
    public long PagesPerSecond { get; init; }

    /// <summary>Pages of the hot set, or of the set that flips; at least 1 where there is such a set.</summary>
    public int WorkingSetPages { get; init; }

    /// <summary>From one burst to the next; at least 1 where there are bursts.</summary>
    public long BurstPeriodNanoseconds { get; init; }

    /// <summary>Most bytes that a write changes in its page, 0 to 4096.</summary>
    public int BytesPerWrite { get; init; }
}
