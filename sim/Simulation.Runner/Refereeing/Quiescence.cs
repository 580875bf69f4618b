using System.Globalization;

namespace Simulation.Runner.Refereeing;

/// <summary>Tells a process that waits from one that only does not get the processor: by what the kernel says of its threads.</summary>
/// <param name="processId">The process.</param>
internal sealed class Quiescence(int processId)
{
    private const int LookMilliseconds = 40;

    /// <summary>As many looks in a row at which every thread sleeps and none has run.</summary>
    private const int LooksThatTell = 5;

    /// <summary>Waits until a task has ended, or the process sleeps and goes on sleeping.</summary>
    /// <param name="task">The task.</param>
    /// <returns>Whether the task has ended.</returns>
    public async Task<bool> OutlastsAsync(Task task)
    {
        long before = -1;
        for (int quiet = 0; quiet < LooksThatTell;)
        {
            if (await Task.WhenAny([task, Task.Delay(LookMilliseconds)]) == task)
                return true;
            long now = Look();
            quiet = now >= 0 && now == before ? quiet + 1 : 0;
            before = now;
        }

        return task.IsCompleted;
    }

    // Nanoseconds that the threads have run; -1 where one runs, is ready to, or waits for the disk.
    private long Look()
    {
        long ran = 0;
        try
        {
            foreach (string thread in Directory.GetDirectories($"/proc/{processId}/task"))
            {
                string stat = File.ReadAllText(Path.Combine(thread, "stat"));
                if (stat[stat.LastIndexOf(')') + 2] is not ('S' or 'Z'))
                    return -1;
                string run = File.ReadAllText(Path.Combine(thread, "schedstat"));
                ran += long.Parse(run.AsSpan(0, run.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            return -1;
        }

        return ran;
    }
}
