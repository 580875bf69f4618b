using System.Text.Json;
using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>What QMP commands act on: the daemon, or a simulated one. Called by one task at a time.</summary>
internal abstract class IncomingHost
{
    /// <summary>Makes a host that holds no descriptors.</summary>
    protected IncomingHost() => Descriptors = new(CloseDescriptor);

    /// <summary>The file descriptors that monitors passed.</summary>
    public DescriptorStore Descriptors { get; }

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

    /// <summary>Begins the migration, as <see cref="StartIncoming"/> does.</summary>
    /// <param name="address">Where the stream comes from: QAPI <c>MigrationAddress</c>, held against the schema.</param>
    /// <param name="exitOnError">Whether the host ends when the migration fails.</param>
    /// <returns>Why it could not begin, or null.</returns>
    public abstract string? StartIncomingFrom(JsonElement address, bool exitOnError);

    /// <summary><c>migrate-recover</c>: opens another transport, on which the source of a paused postcopy may come back. It takes the
    /// place of the one before.</summary>
    /// <param name="uri">Where the source will connect.</param>
    /// <returns>Why it could not be opened, or null.</returns>
    public virtual string? StartRecovery(string uri) => "this host has no other transport";

    /// <summary>Closes a file descriptor that a monitor passed and nobody took.</summary>
    /// <param name="descriptor">The descriptor.</param>
    protected abstract void CloseDescriptor(int descriptor);

    /// <summary><c>object-add</c> of <c>tls-creds-x509</c>: reads certificates, for the parameter <c>tls-creds</c> to name.</summary>
    /// <param name="id">The object's id.</param>
    /// <param name="properties">Where the certificates are and what is asked of the peer's.</param>
    /// <returns>Why it cannot be made, in QEMU's words where QEMU has some, or null.</returns>
    public virtual string? AddTlsCredentials(string id, TlsCredsX509Properties properties) => "this host has no TLS";

    /// <summary><c>object-del</c>: forgets an object.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public virtual string? DeleteObject(string id) => $"object '{id}' not found";

    /// <summary>Ends the host, after the replies that are under way.</summary>
    public abstract void Quit();
}
