using System.Net.Security;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Qapi;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>
/// The objects <c>tls-creds-x509</c> by id, and what the parameters <c>tls-creds</c> and <c>tls-authz</c> make of a connection. They
/// are looked at for each connection, as QEMU does: one that should have TLS and cannot is refused, never taken in plain text.
/// </summary>
/// <param name="parameters">The monitor's; may be set by another task at any time.</param>
/// <param name="mayEndUncleanly">See <see cref="TlsChannel"/>.</param>
internal sealed class TlsObjects(MigrationParameters parameters, bool mayEndUncleanly)
{
    private readonly object _lock = new();
    private readonly Dictionary<string, TlsCredentials> _credentials = new(StringComparer.Ordinal);

    /// <summary>Whether connections are to have TLS.</summary>
    public bool IsWanted => parameters["tls-creds"] is string { Length: > 0 };

    /// <summary>Makes an object.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="properties">Its properties.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? Add(string id, TlsCredsX509Properties properties)
    {
        try
        {
            TlsCredentials credentials = TlsCredentials.Load(properties);
            lock (_lock)
            {
                if (_credentials.TryAdd(id, credentials))
                    return null;
            }
            return $"attempt to add duplicate property '{id}' to object (type 'container')";
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }

    /// <summary>Forgets an object. Connections that shook hands with it go on.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? Delete(string id)
    {
        lock (_lock)
            return _credentials.Remove(id) ? null : $"object '{id}' not found";
    }

    /// <summary>Whether the parameters can be followed as they are now.</summary>
    /// <returns>Why not, in QEMU's words where QEMU has some; null when they can, or TLS is not wanted.</returns>
    public string? Check() => Find(out _);

    /// <summary>Puts TLS on a connection where the parameters ask for it.</summary>
    /// <param name="channel">The connection.</param>
    /// <returns>The connection to use: one with TLS has no byte to give before it has shaken hands.</returns>
    public MigrationChannel Protect(MigrationChannel channel) =>
        IsWanted ? new TlsChannel(channel, FindOptions, mayEndUncleanly) : channel;

    private SslServerAuthenticationOptions FindOptions() =>
        Find(out SslServerAuthenticationOptions? options) is { } reason ? throw new IOException(reason)
        : options ?? throw new IOException("tls-creds was set when the connection was accepted, and is not any more");

    private string? Find(out SslServerAuthenticationOptions? options)
    {
        options = null;
        if (parameters["tls-creds"] is not string { Length: > 0 } id)
            return null;
        if (parameters["tls-authz"] is string { Length: > 0 } authorization)
            return $"tls-authz '{authorization}' is not supported: there are no authz objects; the CA alone says who may connect";
        TlsCredentials? credentials;
        lock (_lock)
            _credentials.TryGetValue(id, out credentials);
        if (credentials is null)
            return $"No TLS credentials with id '{id}'";
        options = credentials.ServerOptions;
        return options is null ? "Expected TLS credentials for a server endpoint" : null;
    }
}
