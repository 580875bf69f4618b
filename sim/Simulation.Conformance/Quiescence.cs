using System.Globalization;

namespace Simulation.Conformance;

/// <summary>Tells a process that waits, or runs in circles, from one that only does not get the processor: by what the kernel says of
/// its threads.</summary>
/// <param name="processId">The process.</param>
internal sealed class Quiescence(int processId)
{
    private const int LookMilliseconds = 40;
    private const int ShortLookMilliseconds = 5;
    private const int ShortLooksThatTell = 3;
    private const int MostShortLooks = 400;

    /// <summary>As many looks in a row at which every thread sleeps and they have hardly run.</summary>
    private const int LooksThatTell = 5;

    /// <summary>Processor time between two looks of one that waits, even where it wakes each millisecond to see for what (L6).</summary>
    private const long IdleNanoseconds = LookMilliseconds * 1_000_000 / 20;

    /// <summary>Processor time after which a process runs in circles, without that of its start: a migration takes a tenth of it.</summary>
    private const long MostNanoseconds = 1_000_000_000;

    private long _startNanoseconds;

    /// <summary>Says that the process has started: what it ran until now is no work on its migration.</summary>
    public void HasStarted() => (_, _startNanoseconds) = ReadThreads();

    /// <summary>Waits until a task has ended, or the process sleeps and goes on sleeping, or goes on and on.</summary>
    /// <param name="task">The task.</param>
    /// <returns>Whether the task has ended.</returns>
    public Task<bool> OutlastsAsync(Task task) => OutlastsAsync(() => task.IsCompleted, task);

    /// <summary>As with a task, for something that has to be looked at.</summary>
    /// <param name="hasHappened">Whether it has happened.</param>
    /// <returns>Whether it has happened.</returns>
    public Task<bool> OutlastsAsync(Func<bool> hasHappened) => OutlastsAsync(hasHappened, Task.Delay(Timeout.Infinite));

    /// <summary>Waits until the process has made something of all that it was sent: looks so short that many of them may be needed, and no
    /// more of them than anybody wants to wait for.</summary>
    public async Task SettlesAsync()
    {
        (_, long before) = ReadThreads();
        for (int look = 0, quiet = 0; quiet < ShortLooksThatTell && look < MostShortLooks; look++)
        {
            await Task.Delay(ShortLookMilliseconds);
            (bool sleeps, long now) = ReadThreads();
            quiet = sleeps && now == before ? quiet + 1 : 0;
            before = now;
        }
    }

    private async Task<bool> OutlastsAsync(Func<bool> hasHappened, Task wake)
    {
        long before = -1;
        for (int quiet = 0; quiet < LooksThatTell;)
        {
            if (hasHappened())
                return true;
            if (await Task.WhenAny(wake, Task.Delay(LookMilliseconds)) == wake)
                continue;
            (bool sleeps, long now) = ReadThreads();
            if (now - _startNanoseconds > MostNanoseconds)
                break;
            quiet = sleeps && before >= 0 && now - before < IdleNanoseconds ? quiet + 1 : 0;
            before = now;
        }

        return hasHappened();
    }

    // Whether all threads sleep, and the nanoseconds that they have run. What runs, is ready to, or waits for the disk does not sleep.
    private (bool Sleeps, long Nanoseconds) ReadThreads()
    {
        // One that is gone does nothing more.
        if (!Directory.Exists($"/proc/{processId}"))
            return (true, 0);
        bool sleeps = true;
        long ran = 0;
        try
        {
            foreach (string thread in Directory.GetDirectories($"/proc/{processId}/task"))
            {
                string stat = File.ReadAllText(Path.Combine(thread, "stat"));
                sleeps &= stat[stat.LastIndexOf(')') + 2] is 'S' or 'Z';
                string run = File.ReadAllText(Path.Combine(thread, "schedstat"));
                ran += long.Parse(run.AsSpan(0, run.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // A thread has ended meanwhile.
            return (false, 0);
        }

        return (sleeps, ran);
    }
}
