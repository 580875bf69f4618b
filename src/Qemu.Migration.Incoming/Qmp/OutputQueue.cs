namespace Qemu.Migration.Incoming.Qmp;

/// <summary>
/// Lines on their way to one client. Putting one in never blocks, so that a client that does not read cannot hold up a migration; one
/// that never reads is given up.
/// </summary>
internal sealed class OutputQueue
{
    private const int MostLines = 65536;
    private const int ManyLines = 1024;
    private readonly object _lock = new();
    private List<ReadOnlyMemory<byte>> _lines = [];
    private bool _completed;

    /// <summary>Puts a line in; too many of them end the queue.</summary>
    /// <param name="line">The line.</param>
    public void Add(ReadOnlyMemory<byte> line)
    {
        lock (_lock)
        {
            if (_lines.Count >= MostLines)
                _completed = true;
            if (_completed)
                return;
            _lines.Add(line);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits while many lines are in: a client that asks faster than it reads has to wait.</summary>
    public void WaitUntilShort()
    {
        lock (_lock)
        {
            while (_lines.Count > ManyLines && !_completed)
                Monitor.Wait(_lock);
        }
    }

    /// <summary>Takes all lines, waiting for the first.</summary>
    /// <returns>The lines, in order; null at the end.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Take()
    {
        lock (_lock)
        {
            while (_lines.Count == 0 && !_completed)
                Monitor.Wait(_lock);
            List<ReadOnlyMemory<byte>> lines = _lines;
            _lines = [];
            Monitor.PulseAll(_lock);
            return lines.Count > 0 ? lines : null;
        }
    }

    /// <summary>Takes no more lines; those that are in still go out.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Monitor.PulseAll(_lock);
        }
    }
}
