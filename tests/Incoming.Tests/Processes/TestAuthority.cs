using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Processes;

/// <summary>A certification authority of a test's own.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "authority", string validUntil = "2100-01-01")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(Date("2000-01-01"), Date(validUntil));
    }

    /// <summary>What a client checks that trusts this authority and nobody else, and asks no network.</summary>
    public X509ChainPolicy TrustPolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { _certificate },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>Makes a certificate for a peer on this machine.</summary>
    public X509Certificate2 Issue(string name, string validFrom = "2001-01-01", string validUntil = "2099-01-01", bool isAuthority = false)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        // QEMU 10.0 asks for both, whatever the key.
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(_certificate, Date(validFrom), Date(validUntil), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Writes what a QEMU or a destination reads from the folder of its <c>tls-creds-x509</c>.</summary>
    public void Write(string folder, X509Certificate2? server = null, X509Certificate2? client = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "ca-cert.pem"), _certificate.ExportCertificatePem());
        foreach ((string name, X509Certificate2? own) in (ReadOnlySpan<(string, X509Certificate2?)>)[("server", server), ("client", client)])
        {
            if (own is null)
                continue;
            using ECDsa key = own.GetECDsaPrivateKey()!;
            File.WriteAllText(Path.Combine(folder, name + "-cert.pem"), own.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, name + "-key.pem"), key.ExportPkcs8PrivateKeyPem());
        }
    }

    /// <summary>A list that takes a certificate back.</summary>
    public string Revoke(X509Certificate2 certificate)
    {
        CertificateRevocationListBuilder list = new();
        list.AddEntry(certificate);
        return PemEncoding.WriteString("X509 CRL", list.Build(_certificate, 1, Date("2099-01-01"), HashAlgorithmName.SHA256));
    }

    public void Dispose() => _certificate.Dispose();

    private static DateTimeOffset Date(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
