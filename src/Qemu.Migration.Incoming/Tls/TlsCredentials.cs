using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Qemu.Migration.Destination.Qapi;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>
/// An object <c>tls-creds-x509</c>: certificates from a folder of PEM files with QEMU's names, read once.
/// </summary>
internal sealed class TlsCredentials
{
    private readonly TlsCredsX509Properties _properties;
    private readonly X509Certificate2Collection _authorities;
    private readonly RevocationList? _revoked;

    private TlsCredentials(
        TlsCredsX509Properties properties, X509Certificate2Collection authorities, RevocationList? revoked,
        X509Certificate2? certificate, X509Certificate2Collection intermediates)
    {
        _properties = properties;
        _authorities = authorities;
        _revoked = revoked;
        if (certificate is null)
            return;
        ServerOptions = new()
        {
            // Nothing is fetched from the network: neither what a certificate points to, nor what the peer's does.
            ServerCertificateContext = SslStreamCertificateContext.Create(
                certificate, intermediates, offline: true,
                SslCertificateTrust.CreateForX509Collection(authorities, sendTrustInHandshake: true)),
            CertificateChainPolicy = new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
            ClientCertificateRequired = properties.VerifiesPeer,
            RemoteCertificateValidationCallback = (_, peer, chain, _) => !properties.VerifiesPeer || Accepts(peer, chain),
            AllowRenegotiation = false,
            AllowTlsResume = false,
        };
    }

    /// <summary>How this side shakes hands; null where the credentials are a client's.</summary>
    public SslServerAuthenticationOptions? ServerOptions { get; }

    /// <summary>Reads the files.</summary>
    /// <param name="properties">Where they are.</param>
    /// <returns>The credentials.</returns>
    /// <exception cref="FormatException">A file is missing, is not what its name says, or does not fit the others; or a property is
    /// not supported. In QEMU's words where QEMU has some.</exception>
    public static TlsCredentials Load(TlsCredsX509Properties properties)
    {
        string folder = properties.Folder ?? throw new FormatException("Missing 'dir' property value");
        if (properties.Priority is not null)
            throw new FormatException("'priority' is not supported: it is a setting of GnuTLS; the system's TLS settings hold here");
        if (properties.PasswordId is not null)
            throw new FormatException("'passwordid' is not supported: the key must not be encrypted");
        string authorityPath = Path.Combine(folder, "ca-cert.pem");
        string revocationPath = Path.Combine(folder, "ca-crl.pem");
        string certificatePath = Path.Combine(folder, "server-cert.pem");
        string keyPath = Path.Combine(folder, "server-key.pem");
        string authorityText = PemFiles.Read(authorityPath);
        string? revocationText = File.Exists(revocationPath) ? PemFiles.Read(revocationPath) : null;
        string certificateText = properties.IsServer ? PemFiles.Read(certificatePath) : "";
        string keyText = properties.IsServer ? PemFiles.Read(keyPath) : "";

        X509Certificate2Collection authorities = PemFiles.Certificates(
            authorityText, $"Unable to import CA certificate list {authorityPath}");
        RevocationList? revoked = revocationText is null ? null : RevocationList.Parse(revocationText, revocationPath);
        if (!properties.IsServer)
            return new(properties, authorities, revoked, null, []);
        X509Certificate2Collection chain = PemFiles.Certificates(certificateText, $"Unable to import server certificate {certificatePath}");
        X509Certificate2 certificate = PemFiles.WithKey(certificateText, certificatePath, keyText, keyPath);
        chain.RemoveAt(0);
        if (properties.ChecksSanity)
            CertificateSanity.Check(authorities, authorityPath, certificate, chain, certificatePath);
        return new(properties, authorities, revoked, certificate, chain);
    }

    // QEMU asks that the CA signed the certificate and that it is valid today; a name or purpose is not asked for.
    private bool Accepts(X509Certificate? peer, X509Chain? sent)
    {
        if (peer is not X509Certificate2 certificate)
            throw new AuthenticationException("the source has no certificate of the CA, and verify-peer is on");
        using X509Chain chain = CertificateSanity.NewChain(_authorities, sent?.ChainPolicy.ExtraStore ?? []);
        string? reason = !chain.Build(certificate) ? string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation))
            : _revoked is not null && chain.ChainElements.Any(element => _revoked.Has(element.Certificate)) ? "it was revoked"
            : null;
        return reason is null
            ? true
            : throw new AuthenticationException($"the source's certificate '{certificate.Subject}' is not accepted: {reason}");
    }
}
