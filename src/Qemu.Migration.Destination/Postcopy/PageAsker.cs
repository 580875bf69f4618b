using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>Asks for missing pages in a task of its own, for those who cannot wait until the source reads its return path. The task begins
/// with the first page and ends with the migration: a thread for each touch would cost more than the page.</summary>
internal sealed class PageAsker(DestinationEnvironment environment, PageFaults faults)
{
    private readonly Queue<(RamBlock Block, long[] Pages)> _asked = [];
    private TaskCompletionSource? _more;
    private bool _hasEnded;

    /// <summary>Asks for pages, in the order of the calls. Does not wait.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="pages">Their numbers.</param>
    /// <exception cref="IOException">The host has no task left.</exception>
    public void Ask(RamBlock block, long[] pages)
    {
        lock (_asked)
        {
            _asked.Enqueue((block, pages));
            if (_more is not null)
            {
                _more.TrySetResult();
                return;
            }
            _more = NewSignal();
        }
        Spawn();
    }

    /// <summary>No page is missing any more.</summary>
    public void End()
    {
        lock (_asked)
        {
            _hasEnded = true;
            _more?.TrySetResult();
        }
    }

    private void Spawn()
    {
        try
        {
            environment.Spawn("touch", RunAsync);
        }
        catch (IOException)
        {
            lock (_asked)
            {
                _asked.Clear();
                _more = null;
            }
            throw;
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            (RamBlock Block, long[] Pages) next;
            Task? more = null;
            lock (_asked)
            {
                if (_hasEnded)
                    return;
                if (!_asked.TryDequeue(out next))
                    more = (_more = NewSignal()).Task;
            }
            if (more is not null)
            {
                await environment.WaitFor(more);
                continue;
            }
            foreach (long page in next.Pages)
                await faults.RequestAsync(next.Block, page);
        }
    }
}
