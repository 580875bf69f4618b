using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Qemu.Migration.Incoming.Native;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Daemon;

/// <summary>
/// The daemon's lines on stderr. A thread of its own writes them, so that nobody waits for a pipe that is not read, and a disk that
/// is full costs lines and nothing else. What is left out is counted, and the count is a line of its own.
/// </summary>
internal sealed class DaemonLog : IDisposable
{
    private const int MostQueuedLines = 1024;
    private const int FlushMilliseconds = 500;
    private const int ReportMilliseconds = 1000;
    private readonly object _lock = new();
    private readonly Queue<string> _lines = [];
    private readonly TimeProvider _clock;
    private readonly int _warningsPerSecond;
    private readonly ManualResetEventSlim _flushed = new();
    private double _budget;
    private long _budgetTime;
    private long _omitted;
    private bool _completed;

    /// <summary>Starts writing.</summary>
    /// <param name="clock">What warnings are limited by.</param>
    /// <param name="warningsPerSecond">How many warnings a second are written in the long run; as many again may come at once.</param>
    public DaemonLog(TimeProvider clock, int warningsPerSecond)
    {
        _clock = clock;
        _warningsPerSecond = warningsPerSecond;
        _budget = warningsPerSecond;
        _budgetTime = clock.GetTimestamp();
        if (!StandardStream.IsInherited(StandardStream.Error) || !DaemonThread.TryStart("log", WriteLines))
            _completed = true;
    }

    /// <summary>Writes a line of the daemon's own.</summary>
    /// <param name="line">The line.</param>
    public void Write(string line)
    {
        lock (_lock)
            Add(line);
    }

    /// <summary>Writes a line that a peer can cause as often as it likes.</summary>
    /// <param name="line">The line.</param>
    public void Warn(string line)
    {
        lock (_lock)
        {
            Refill();
            if (_budget < 1)
            {
                _omitted++;
                Monitor.PulseAll(_lock);
                return;
            }
            _budget--;
            Add(line);
        }
    }

    /// <summary>Writes what is due, as far as somebody takes it soon.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_completed)
                return;
            _completed = true;
            Monitor.PulseAll(_lock);
        }
        _flushed.Wait(FlushMilliseconds);
    }

    private void Add(string line)
    {
        if (_lines.Count >= MostQueuedLines)
            _omitted++;
        else
            _lines.Enqueue(line);
        Monitor.PulseAll(_lock);
    }

    private void Refill()
    {
        long now = _clock.GetTimestamp();
        _budget = Math.Min(_warningsPerSecond, _budget + (_clock.GetElapsedTime(_budgetTime, now).TotalSeconds * _warningsPerSecond));
        _budgetTime = now;
    }

    private void WriteLines()
    {
        while (Take() is { } line)
            WriteBytes(Encoding.UTF8.GetBytes($"incoming: {PeerText.Escape(line)}\n"));
        _flushed.Set();
    }

    // Not through the console, which takes a lock and throws: where the disk is full or there is no stderr, nobody can be told.
    private static unsafe void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                nint written = LibC.Write(StandardStream.Error, first + done, (nuint)(bytes.Length - done));
                if (written >= 0)
                {
                    done += written;
                    continue;
                }
                int error = Marshal.GetLastPInvokeError();
                PolledDescriptor output = new() { Descriptor = StandardStream.Error, Wanted = LibC.PollOut };
                if (error == LibC.WouldBlock)
                    _ = LibC.Poll(&output, 1, -1);
                else if (error != LibC.Interrupted)
                    return;
            }
        }
    }

    // Returns the next line, or null at the end. Reports dropped lines when the queue is empty, at most once a second.
    private string? Take()
    {
        lock (_lock)
        {
            while (_lines.Count == 0 && !_completed)
            {
                if (_omitted == 0)
                    Monitor.Wait(_lock);
                else if (!Monitor.Wait(_lock, ReportMilliseconds))
                    break;
            }
            if (_lines.TryDequeue(out string? line))
                return line;
            if (_omitted == 0)
                return null;
            line = string.Create(
                CultureInfo.InvariantCulture,
                $"{_omitted} lines were left out: more than {_warningsPerSecond} warnings a second, or stderr was not read");
            _omitted = 0;
            return line;
        }
    }
}
