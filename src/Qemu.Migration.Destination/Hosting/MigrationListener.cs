namespace Qemu.Migration.Destination.Hosting;

/// <summary>Where a source connects: takes one connection after the other. One task accepts at a time; <see cref="Dispose"/> may be
/// called by any task at any time.</summary>
public abstract class MigrationListener : IDisposable
{
    /// <summary>Waits for a connection.</summary>
    /// <returns>The connection, or null when no other will come: the listener was disposed of.</returns>
    public abstract ValueTask<MigrationChannel?> AcceptAsync();

    /// <summary>Whether a connection has been made that nobody has accepted yet. Looks without waiting, and any task may ask. False where a
    /// listener cannot tell.</summary>
    public virtual bool HasWaiting => false;

    /// <summary>The reason to close an older connection: the one accepted last took one of the host's last descriptors. Null while there are
    /// enough.</summary>
    public virtual string? Shortage => null;

    /// <summary>Stops listening; a wait under way ends with null. Repeatable, and throws nothing.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops listening.</summary>
    protected abstract void Close();
}
