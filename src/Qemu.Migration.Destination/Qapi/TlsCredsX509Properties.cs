using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>QAPI's <c>TlsCredsX509Properties</c>: what <c>object-add</c> and <c>--object</c> say of an object
/// <c>tls-creds-x509</c>.</summary>
internal sealed record TlsCredsX509Properties
{
    /// <summary>QEMU's name of the type.</summary>
    public const string TypeName = "tls-creds-x509";

    /// <summary>The folder with the PEM files: <c>ca-cert.pem</c>, <c>ca-crl.pem</c>, <c>server-cert.pem</c>,
    /// <c>server-key.pem</c>; null when it was not given.</summary>
    public required string? Folder { get; init; }

    /// <summary>Whether the credentials are for the side that listens. QEMU's default is the other one.</summary>
    public required bool IsServer { get; init; }

    /// <summary>Whether the peer must have a certificate that the CA signed.</summary>
    public required bool VerifiesPeer { get; init; }

    /// <summary>Whether the certificates themselves are checked first: dates, purposes, issuer.</summary>
    public required bool ChecksSanity { get; init; }

    /// <summary>GnuTLS's priority string, or null.</summary>
    public required string? Priority { get; init; }

    /// <summary>The id of the object with the key's password, or null.</summary>
    public required string? PasswordId { get; init; }

    /// <summary>The members in the schema.</summary>
    internal static QapiObject Schema { get; } = new(
        new("verify-peer", QapiType.Boolean, true), new("dir", QapiType.Text, true),
        new("endpoint", new QapiEnum("client", "server"), true), new("priority", QapiType.Text, true),
        new("sanity-check", QapiType.Boolean, true), new("passwordid", QapiType.Text, true));

    /// <summary>Reads the properties.</summary>
    /// <param name="arguments">The arguments of <c>object-add</c>, checked.</param>
    /// <returns>The properties.</returns>
    internal static TlsCredsX509Properties Read(QmpArguments arguments) => new()
    {
        VerifiesPeer = arguments.Boolean("verify-peer") ?? true,
        Folder = arguments.String("dir"),
        IsServer = arguments.String("endpoint") is "server",
        Priority = arguments.String("priority"),
        ChecksSanity = arguments.Boolean("sanity-check") ?? true,
        PasswordId = arguments.String("passwordid"),
    };
}
