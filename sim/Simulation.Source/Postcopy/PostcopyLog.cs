namespace Simulation.Source.Postcopy;

/// <summary>What becomes of a page.</summary>
public enum PageEventKind
{
    /// <summary>It is sent on the main channel or in a multifd packet, in precopy too.</summary>
    Sent,

    /// <summary>It is sent on the preempt channel.</summary>
    SentUrgently,

    /// <summary>It is still to send when the guest is stopped for postcopy, so the destination has to throw away what it has.</summary>
    Discarded,

    /// <summary>The destination asks for it.</summary>
    Requested,

    /// <summary>The destination has not received it, as it says in a recovery.</summary>
    Missing,
}

/// <summary>Something that happened to a page.</summary>
/// <param name="Nanoseconds">When, by the source's time.</param>
/// <param name="Kind">What.</param>
/// <param name="Page">The page's number through all blocks.</param>
public readonly record struct PageEvent(long Nanoseconds, PageEventKind Kind, int Page);

/// <summary>The source's pages with time, for a check that wants to know what must have come out. Kept only where it is asked for.</summary>
public sealed class PostcopyLog
{
    private readonly List<PageEvent> _events = [];

    /// <summary>All that happened, in order.</summary>
    public IReadOnlyList<PageEvent> Events => _events;

    /// <summary>The source's time.</summary>
    internal long Now { get; set; }

    /// <summary>Forgets everything.</summary>
    public void Clear() => _events.Clear();

    internal void Add(PageEventKind kind, int page) => _events.Add(new(Now, kind, page));
}
