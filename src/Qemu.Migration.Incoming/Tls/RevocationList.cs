using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>
/// <c>ca-crl.pem</c>: the serial numbers of certificates that the CA has taken back. As with GnuTLS, the file is believed like
/// <c>ca-cert.pem</c> beside it: neither its signature nor its age is checked.
/// </summary>
internal sealed class RevocationList
{
    private const string PemLabel = "X509 CRL";
    private readonly List<byte[]> _lists = [];

    /// <summary>Reads all lists of a file.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="path">Its path.</param>
    /// <returns>The lists.</returns>
    /// <exception cref="FormatException">There is none, or one is broken.</exception>
    public static RevocationList Parse(string text, string path)
    {
        RevocationList all = new();
        try
        {
            ReadOnlySpan<char> rest = text;
            while (PemEncoding.TryFind(rest, out PemFields fields))
            {
                if (rest[fields.Label] is PemLabel)
                    all.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
                rest = rest[fields.Location.End..];
            }
        }
        catch (CryptographicException error)
        {
            throw new FormatException($"Cannot load CRL '{path}': {error.Message}", error);
        }
        return all._lists.Count > 0 ? all : throw new FormatException($"Cannot load CRL '{path}': it has no {PemLabel}");
    }

    /// <summary>Whether a certificate was taken back.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <returns>True when any list has its serial number.</returns>
    public bool Has(X509Certificate2 certificate) =>
        // The framework's only reader of lists is the builder of new ones; it says whether what it removes was there.
        _lists.Exists(list => CertificateRevocationListBuilder.Load(list, out _).RemoveEntry(certificate.SerialNumberBytes.Span));

    private void Add(byte[] list)
    {
        _ = CertificateRevocationListBuilder.Load(list, out _);
        _lists.Add(list);
    }
}
