using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// The lines that wait to be sent to one client. Adding a line never blocks, so that a client that does not read cannot hold up a
/// migration. The queue is limited to 65,536 lines and 64 MiB.
/// </summary>
/// <param name="environment">Where its reader and its writer wait.</param>
internal sealed class QmpOutput(DestinationEnvironment environment)
{
    private const int MostLines = 65536;
    private const long MostBytes = 64 << 20;
    private const int ManyLines = 1024;
    private const long ManyBytes = 1 << 20;
    private readonly object _lock = new();
    private List<ReadOnlyMemory<byte>> _lines = [];
    private TaskCompletionSource? _changed;
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
            bool hasRoom = _lines.Count < MostLines && _bytes + line.Length <= MostBytes;
            if (hasRoom)
            {
                _lines.Add(line);
                _bytes += line.Length;
            }
            _completed = !hasRoom;
            TellChange();
            return hasRoom;
        }
    }

    /// <summary>Waits while the queue is long, so that a client cannot send commands faster than it reads replies.</summary>
    /// <returns>Completes when it is short, or completed.</returns>
    public async ValueTask WaitUntilShortAsync()
    {
        while (IsLong() is { } change)
            await environment.WaitFor(change);
    }

    /// <summary>Takes all lines; waits until there is one.</summary>
    /// <returns>The lines, in order; null when the queue is completed and empty.</returns>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>?> TakeAsync()
    {
        IReadOnlyList<ReadOnlyMemory<byte>>? lines;
        while (TryTake(out lines) is { } change)
            await environment.WaitFor(change);
        return lines;
    }

    /// <summary>Accepts no more lines. Those already in the queue can still be taken.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            TellChange();
        }
    }

    private Task? IsLong()
    {
        lock (_lock)
            return (_lines.Count > ManyLines || _bytes > ManyBytes) && !_completed ? NextChange() : null;
    }

    private Task? TryTake(out IReadOnlyList<ReadOnlyMemory<byte>>? lines)
    {
        lock (_lock)
        {
            lines = null;
            if (_lines.Count == 0)
                return _completed ? null : NextChange();
            lines = _lines;
            _lines = [];
            _bytes = 0;
            TellChange();
            return null;
        }
    }

    private Task NextChange() => (_changed ??= Signals.NewSignal()).Task;

    private void TellChange()
    {
        _changed?.SetResult();
        _changed = null;
    }
}
