namespace Qemu.Migration.Incoming.Daemon;

/// <summary>
/// Threads that do not keep the process alive. How many there can be is limited for a user and for a container, and the runtime ends
/// the process where it cannot have one for itself, for instance to tell of a signal. So a few threads are kept that do nothing: when
/// the limit is met they end, and no more are started here than there were then.
/// </summary>
internal static class DaemonThread
{
    private const int SpareThreads = 4;
    private static readonly ManualResetEventSlim s_limitMet = new();
    private static int s_running;
    private static int s_most = int.MaxValue;

    /// <summary>Keeps threads in reserve for the runtime.</summary>
    public static void KeepSpares()
    {
        for (int i = 0; i < SpareThreads; i++)
            TryStart("spare", s_limitMet.Wait);
    }

    /// <summary>Starts a thread.</summary>
    /// <param name="name">Its name, for debuggers.</param>
    /// <param name="body">What it does; it handles its own failures.</param>
    /// <param name="ended">Called when the thread counts no more: another one can have its place.</param>
    /// <returns>False when the system has no thread left.</returns>
    public static bool TryStart(string name, Action body, Action? ended = null)
    {
        if (Interlocked.Increment(ref s_running) > Volatile.Read(ref s_most) || !TryStart(new(() => Run(body, ended)) { Name = name }))
        {
            Interlocked.Decrement(ref s_running);
            return false;
        }
        // The limit is met before the runtime meets it: it does not ask a second time.
        if (Volatile.Read(ref s_most) == int.MaxValue)
            TryStart(new(() => { }));
        return true;
    }

    private static bool TryStart(Thread thread)
    {
        thread.IsBackground = true;
        try
        {
            thread.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            Volatile.Write(ref s_most, Math.Max(0, Volatile.Read(ref s_running) - 1 - SpareThreads));
            s_limitMet.Set();
            return false;
        }
    }

    private static void Run(Action body, Action? ended)
    {
        body();
        Interlocked.Decrement(ref s_running);
        ended?.Invoke();
    }
}
