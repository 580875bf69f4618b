using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>
/// Makes the pages of a mapping present a little ahead of a run of writes, on a thread of its own: that takes the cost of making pages
/// present off the loader. Where writes are no run, nothing happens, and there is no thread; nor is there where the system has none left.
/// </summary>
/// <param name="address">The mapping's first byte.</param>
/// <param name="lengthBytes">Its length.</param>
internal sealed unsafe class PresentAhead(byte* address, long lengthBytes) : IDisposable
{
    // Several channels at a time write in pieces of a packet or so. What is longer is a run: the thread goes ahead of it, and again
    // when half of its lead is left.
    private const long RunBytes = 4L << 20;
    private const long LeadBytes = 32L << 20;
    private const long StepBytes = 2L << 20;
    private readonly AutoResetEvent _wake = new(false);
    private TaskCompletionSource? _threadEnd;
    private long _written = -1;
    private long _runBytes;
    private long _first;
    private long _end;
    private volatile bool _disposed;

    /// <summary>Tells of a write that begins. Several tasks may do so at a time.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="count">Its length in bytes.</param>
    /// <returns>Whether its pages are present. A wrong answer costs time and nothing else: the mapping takes the write either way.</returns>
    public bool Reaches(long offset, long count)
    {
        bool isPresent = Volatile.Read(ref _first) <= offset && offset + count <= Volatile.Read(ref _end);
        long run = Interlocked.Exchange(ref _written, offset + count) == offset ? Volatile.Read(ref _runBytes) + count : 0;
        Volatile.Write(ref _runBytes, run);
        if (run < RunBytes)
            return isPresent;
        if (_threadEnd is null)
            Start();
        long lead = Volatile.Read(ref _end) - (offset + count);
        if (lead is < LeadBytes / 2 or > LeadBytes)
            _wake.Set();
        return isPresent;
    }

    /// <summary>Ends the thread. The mapping must still be there.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (_threadEnd is null)
            return;
        _wake.Set();
        _threadEnd.Task.Wait();
    }

    private void Start()
    {
        TaskCompletionSource end = new();
        if (Interlocked.CompareExchange(ref _threadEnd, end, null) is null && !DaemonThread.TryStart("populate", () => Run(end)))
            end.SetResult();
    }

    private void Run(TaskCompletionSource end)
    {
        while (!_disposed)
        {
            _wake.WaitOne();
            Follow();
        }
        end.SetResult();
    }

    private void Follow()
    {
        for (long written = Volatile.Read(ref _written); !_disposed; written = Volatile.Read(ref _written))
        {
            // After a jump, pages behind the new position need no more work.
            if (_end < written || _end > written + LeadBytes)
            {
                Volatile.Write(ref _end, written);
                Volatile.Write(ref _first, written);
            }
            long end = Math.Min(Math.Min(_end + StepBytes, written + LeadBytes), lengthBytes);
            if (_end >= end)
                return;
            _ = LibC.Advise(address + _end, (nuint)(end - _end), LibC.AdvisePopulateWrite);
            Volatile.Write(ref _end, end);
        }
    }
}
