namespace Qemu.Migration.Incoming.Daemon;

/// <summary>Threads that do not keep the process alive.</summary>
internal static class DaemonThread
{
    /// <summary>Starts a thread.</summary>
    /// <param name="name">Its name, for debuggers.</param>
    /// <param name="body">What it does; it handles its own failures.</param>
    /// <returns>False when the system has no thread left: how many there can be is limited for a user and for a container.</returns>
    public static bool TryStart(string name, Action body)
    {
        try
        {
            new Thread(() => body()) { IsBackground = true, Name = name }.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }
}
