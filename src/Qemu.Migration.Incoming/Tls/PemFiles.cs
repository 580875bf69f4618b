using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>Reads PEM files, with QEMU's error texts.</summary>
internal static class PemFiles
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Its text.</returns>
    /// <exception cref="FormatException">It cannot be read.</exception>
    public static string Read(string path)
    {
        string reason;
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            reason = "No such file or directory";
        }
        catch (UnauthorizedAccessException)
        {
            reason = "Permission denied";
        }
        catch (IOException error)
        {
            reason = error.Message;
        }
        throw new FormatException($"Unable to access credentials {path}: {reason}");
    }

    /// <summary>Reads certificates.</summary>
    /// <param name="text">A PEM file's text.</param>
    /// <param name="failure">What to say when there is none.</param>
    /// <returns>At least one certificate, in the file's order.</returns>
    /// <exception cref="FormatException">There is none, or one is broken.</exception>
    public static X509Certificate2Collection Certificates(string text, string failure)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException error)
        {
            throw new FormatException($"{failure}: {error.Message}", error);
        }
        return certificates.Count > 0 ? certificates : throw new FormatException(failure);
    }

    /// <summary>Reads a certificate and its private key.</summary>
    /// <param name="certificate">The text with the certificate.</param>
    /// <param name="certificatePath">Where it came from.</param>
    /// <param name="key">The text with the key.</param>
    /// <param name="keyPath">Where it came from.</param>
    /// <returns>The first certificate, with its key.</returns>
    /// <exception cref="FormatException">There is no such key, or it is another's.</exception>
    public static X509Certificate2 WithKey(string certificate, string certificatePath, string key, string keyPath)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new FormatException($"Cannot load certificate '{certificatePath}' & key '{keyPath}': {error.Message}", error);
        }
    }
}
