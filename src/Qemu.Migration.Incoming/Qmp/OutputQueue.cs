namespace Qemu.Migration.Incoming.Qmp;

/// <summary>
/// The lines that wait to be sent to one client. Adding a line never blocks, so that a client that does not read cannot hold up a
/// migration. The queue is limited to 65,536 lines and 64 MiB.
/// </summary>
internal sealed class OutputQueue
{
    private const int MostLines = 65536;
    private const long MostBytes = 64 << 20;
    private const int ManyLines = 1024;
    private const long ManyBytes = 1 << 20;
    private readonly object _lock = new();
    private List<ReadOnlyMemory<byte>> _lines = [];
    private long _bytes;
    private bool _completed;

    /// <summary>Adds a line. A completed queue drops it.</summary>
    /// <param name="line">The line.</param>
    /// <returns>False when the queue is full: the line is dropped, and the queue is completed.</returns>
    public bool TryAdd(ReadOnlyMemory<byte> line)
    {
        lock (_lock)
        {
            if (_completed)
                return true;
            if (_lines.Count >= MostLines || _bytes + line.Length > MostBytes)
            {
                _completed = true;
                Monitor.PulseAll(_lock);
                return false;
            }
            _lines.Add(line);
            _bytes += line.Length;
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    /// <summary>Waits while the queue is long, so that a client cannot send commands faster than it reads replies.</summary>
    public void WaitUntilShort()
    {
        lock (_lock)
        {
            while ((_lines.Count > ManyLines || _bytes > ManyBytes) && !_completed)
                Monitor.Wait(_lock);
        }
    }

    /// <summary>Takes all lines; waits until there is one.</summary>
    /// <returns>The lines, in order; null when the queue is completed and empty.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Take()
    {
        lock (_lock)
        {
            while (_lines.Count == 0 && !_completed)
                Monitor.Wait(_lock);
            List<ReadOnlyMemory<byte>> lines = _lines;
            _lines = [];
            _bytes = 0;
            Monitor.PulseAll(_lock);
            return lines.Count > 0 ? lines : null;
        }
    }

    /// <summary>Accepts no more lines. Those already in the queue can still be taken.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Monitor.PulseAll(_lock);
        }
    }
}
