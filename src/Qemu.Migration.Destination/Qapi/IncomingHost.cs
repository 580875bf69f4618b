using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>What QMP commands act on: the daemon, or a simulated one. Called by one task at a time.</summary>
public abstract class IncomingHost
{
    /// <summary>The migration, from <c>migrate-incoming</c> on; null before.</summary>
    public abstract IncomingMigration? Migration { get; }

    /// <summary>Where the source may connect; empty when nothing listens.</summary>
    public abstract IReadOnlyList<SocketAddress> ListeningAddresses { get; }

    /// <summary>The capabilities that the next migration will have.</summary>
    public abstract MigrationCapabilities Capabilities { get; }

    /// <summary>The parameters.</summary>
    public abstract MigrationParameters Parameters { get; }

    /// <summary>The machine that is migrated.</summary>
    public abstract MachineProfile Machine { get; }

    /// <summary>The guest.</summary>
    public abstract VirtualMachine VirtualMachine { get; }

    /// <summary>Begins the migration. It stays unbegun when its transport cannot be opened, so that another call may follow
    /// (deviation L10).</summary>
    /// <param name="uri">Where the stream comes from.</param>
    /// <param name="exitOnError">Whether the host ends when the migration fails.</param>
    /// <returns>Why it could not begin, or null.</returns>
    public abstract string? StartIncoming(string uri, bool exitOnError);

    /// <summary>Ends the host, after the replies that are under way.</summary>
    public abstract void Quit();
}
