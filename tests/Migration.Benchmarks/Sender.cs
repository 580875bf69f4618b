using System.Net.Security;
using System.Net.Sockets;
using Processes;

namespace Migration.Benchmarks;

/// <summary>One connection of a source that costs as little as it can: sendfile, or the same bytes over TLS.</summary>
internal sealed class Sender : IDisposable
{
    private const int WriteBytes = 256 * 1024;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly SslStream? _tls;

    /// <summary>Connects, and shakes hands where there is an authority.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="authority">Whom the sender trusts, or null for plain bytes.</param>
    public Sender(string path, TestAuthority? authority)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        if (authority is null)
            return;
        _tls = new(new NetworkStream(_socket));
        _tls.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = authority.TrustPolicy(),
        });
    }

    /// <summary>Sends a stream, all of it. The connection stays open.</summary>
    /// <param name="stream">The stream's file.</param>
    public void Send(string stream)
    {
        if (_tls is null)
        {
            _socket.SendFile(stream);
            return;
        }
        using FileStream content = new(stream, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        content.CopyTo(_tls, WriteBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }
}
