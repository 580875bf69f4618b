namespace Qemu.Migration.Incoming.Qmp;

/// <summary>
/// Lines on their way to one client. Putting one in never blocks, so that a client that does not read cannot hold up a migration; one
/// that never reads is given up.
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

    /// <summary>Puts a line in. Once the queue takes no more, lines are dropped.</summary>
    /// <param name="line">The line.</param>
    /// <returns>False when this line was one too many, which ends the queue.</returns>
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

    /// <summary>Waits while much is in: a client that asks faster than it reads has to wait.</summary>
    public void WaitUntilShort()
    {
        lock (_lock)
        {
            while ((_lines.Count > ManyLines || _bytes > ManyBytes) && !_completed)
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
            _bytes = 0;
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
