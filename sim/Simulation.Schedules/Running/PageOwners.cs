using Qemu.Migration.Destination.Hosting;

namespace Simulation.Schedules.Running;

/// <summary>
/// Which task writes which page now. Two tasks writing one page at once, and a write after the migration has ended, are findings unless
/// the guest itself writes: page bytes themselves are copied unseen by any scheduler.
/// </summary>
/// <param name="pageCount">Pages of the model's one block.</param>
/// <param name="environment">Knows which task calls.</param>
internal sealed class PageOwners(int pageCount, ModelEnvironment environment) : GuestPageWatch
{
    private readonly string?[] _owners = new string?[pageCount];
    private bool _isClosed;

    /// <summary>The property that was violated first, and how; null when none was.</summary>
    public ScheduleViolation? Violation { get; private set; }

    /// <summary>Starts a new run.</summary>
    public void Reset()
    {
        Array.Clear(_owners);
        _isClosed = false;
        Violation = null;
    }

    /// <summary>The migration has ended: from now on the guest's RAM is the guest's.</summary>
    public void Close()
    {
        _isClosed = true;
        for (int page = 0; page < _owners.Length; page++)
        {
            if (_owners[page] is { } owner && !IsGuest(owner))
                Violation ??= new("NoWriteAfterEnd", $"the migration ended while '{owner}' was writing page {page}");
        }
    }

    /// <inheritdoc/>
    public override void WriteBegins(string block, long firstPage, long pageCount)
    {
        string task = environment.CurrentTask;
        for (long page = firstPage; page < firstPage + pageCount; page++)
            Take(page, task);
        environment.Interleave();
    }

    /// <inheritdoc/>
    public override void WriteEnded(string block, long firstPage, long pageCount)
    {
        Span<string?> owners = _owners.AsSpan((int)firstPage, (int)pageCount);
        if (owners.Contains(null))
            Violation ??= new("OnePageOneWriter", $"'{environment.CurrentTask}' wrote a page from {firstPage} on and had not said that it would");
        owners.Clear();
    }

    private static bool IsGuest(string task) => task.StartsWith("vcpu/", StringComparison.Ordinal);

    private void Take(long page, string task)
    {
        if (_isClosed && !IsGuest(task))
            Violation ??= new("NoWriteAfterEnd", $"'{task}' wrote page {page} after the migration had ended");
        if (_owners[page] is { } owner && !ReferenceEquals(owner, task))
            Violation ??= new("OnePageOneWriter", $"'{task}' wrote page {page} while '{owner}' was writing it");
        _owners[page] = task;
    }
}
