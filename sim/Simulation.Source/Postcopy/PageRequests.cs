using Simulation.Source.Guest;

namespace Simulation.Source.Postcopy;

/// <summary>The pages that the destination asked for and that were not looked at yet, in the order in which it asked.</summary>
internal sealed class PageRequests
{
    private readonly Queue<(GuestBlock Block, int Page)> _pages = [];

    public bool IsEmpty => _pages.Count == 0;

    public void Add(GuestBlock block, int page) => _pages.Enqueue((block, page));

    public void Clear() => _pages.Clear();

    /// <summary>Takes the next page that is still to send; others have been sent since.</summary>
    public bool TryTake(Func<int, bool> isDirty, out GuestBlock block, out int page)
    {
        while (_pages.TryDequeue(out (GuestBlock Block, int Page) request))
        {
            (block, page) = request;
            if (isDirty(page))
                return true;
        }

        (block, page) = (null!, -1);
        return false;
    }
}
