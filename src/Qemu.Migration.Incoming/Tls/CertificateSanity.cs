using System.Security.Cryptography.X509Certificates;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>What QEMU checks of its own certificates before it uses them (<c>sanity-check</c>), with its texts: an operator's
/// mistake is named at the start, where a source would only see a failed handshake.</summary>
internal static class CertificateSanity
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string AnyPurpose = "2.5.29.37.0";

    /// <summary>Checks the certificates of a server.</summary>
    /// <param name="authorities">The CA's.</param>
    /// <param name="authorityPath">Their file.</param>
    /// <param name="server">The server's own.</param>
    /// <param name="intermediates">What came with it.</param>
    /// <param name="serverPath">Their file.</param>
    /// <exception cref="FormatException">One cannot be used.</exception>
    public static void Check(
        X509Certificate2Collection authorities, string authorityPath, X509Certificate2 server, X509Certificate2Collection intermediates,
        string serverPath)
    {
        string? reason = CheckDates(server, "server", serverPath)
            ?? CheckServer(server, serverPath)
            ?? authorities.Select(authority => CheckDates(authority, "CA", authorityPath) ?? CheckAuthority(authority, authorityPath))
                .FirstOrDefault(found => found is not null);
        if (reason is not null)
            throw new FormatException(reason);
        using X509Chain chain = NewChain(authorities, intermediates);
        if (!chain.Build(server))
        {
            throw new FormatException(
                $"Our own certificate {serverPath} failed validation against {authorityPath}: The certificate hasn't got a known issuer");
        }
    }

    /// <summary>A chain that trusts certain CAs only, and fetches nothing.</summary>
    /// <param name="authorities">The CAs.</param>
    /// <param name="others">Certificates that may lie between them and the one in question.</param>
    /// <returns>The chain, to be built.</returns>
    public static X509Chain NewChain(X509Certificate2Collection authorities, X509Certificate2Collection others)
    {
        X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(others);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain;
    }

    private static string? CheckDates(X509Certificate2 certificate, string whose, string path)
    {
        DateTime now = DateTime.Now;
        return now > certificate.NotAfter ? $"The {whose} certificate {path} has expired"
            : now < certificate.NotBefore ? $"The {whose} certificate {path} is not yet active"
            : null;
    }

    private static string? CheckServer(X509Certificate2 certificate, string path)
    {
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
            return $"The certificate {path} basic constraints show a CA, but we need one for a server";
        if (certificate.Extensions.OfType<X509KeyUsageExtension>().Any(
            e => e.Critical && !e.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature)))
            return $"Certificate {path} usage does not permit digital signature";
        return certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(e => e.Critical && !ServesServers(e))
            ? $"Certificate {path} purpose does not allow use with a TLS server"
            : null;
    }

    private static string? CheckAuthority(X509Certificate2 certificate, string path)
    {
        if (!certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
            return $"The certificate {path} basic constraints do not show a CA";
        return certificate.Extensions.OfType<X509KeyUsageExtension>().Any(
            e => e.Critical && !e.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
            ? $"Certificate {path} usage does not permit certificate signing"
            : null;
    }

    private static bool ServesServers(X509EnhancedKeyUsageExtension purposes)
    {
        foreach (System.Security.Cryptography.Oid purpose in purposes.EnhancedKeyUsages)
        {
            if (purpose.Value is ServerPurpose or AnyPurpose)
                return true;
        }
        return false;
    }
}
