using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Processes;

namespace Incoming.Tests;

/// <summary>Connections to a destination's Unix socket, with TLS on them or without.</summary>
/// <param name="path">The socket.</param>
/// <param name="authority">Whom the clients trust where nothing else is said.</param>
internal sealed class TlsClients(string path, TestAuthority authority)
{
    public Socket ConnectPlain() => PeerSocket.Connect(new UnixDomainSocketEndPoint(path));

    public TlsClient Connect(X509Certificate2? own, TestAuthority? trusted = null, string host = "localhost")
    {
        TlsClient stream = new(ConnectPlain());
        try
        {
            stream.AuthenticateAsClient(ClientOptions(own, trusted ?? authority, host));
            return stream;
        }
        catch (AuthenticationException)
        {
            stream.Dispose();
            throw;
        }
        catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut })
        {
            stream.Dispose();
            throw new InvalidOperationException("the destination does not answer the TLS handshake", error);
        }
    }

    private static SslClientAuthenticationOptions ClientOptions(X509Certificate2? own, TestAuthority trusted, string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, [], offline: true),
        CertificateChainPolicy = trusted.TrustPolicy(),
    };

    /// <summary>The first message of a handshake.</summary>
    public byte[] Hello()
    {
        using MemoryStream sent = new();
        using SslStream stream = new(new OneWay(sent));
        Assert.ThrowsAny<Exception>(() => stream.AuthenticateAsClient(ClientOptions(null, authority, "localhost")));
        return sent.ToArray();
    }

    /// <summary>Sends something, and reads until the destination ends the connection.</summary>
    /// <returns>False where it leaves the connection open.</returns>
    public static bool Ends(Socket socket, byte[] sent)
    {
        PeerSocket.TrySend(socket, sent);
        try
        {
            PeerSocket.ReadToEnd(socket);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Writes to somebody who may have gone.</summary>
    public static void TryWrite(SslStream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (IOException)
        {
            // It has.
        }
    }

    /// <summary>Reads until the destination ends the connection.</summary>
    /// <returns>False where it leaves the connection open.</returns>
    public static bool Ends(SslStream stream)
    {
        try
        {
            while (stream.Read(new byte[4096]) > 0)
            {
            }
            return true;
        }
        catch (IOException error)
        {
            return error.InnerException is not SocketException { SocketErrorCode: SocketError.TimedOut };
        }
    }

    /// <summary>Keeps what is written and has nothing to read.</summary>
    private sealed class OneWay(MemoryStream sent) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override void Write(byte[] buffer, int offset, int count) => sent.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>The client's end of a TLS connection.</summary>
internal sealed class TlsClient(Socket socket) : SslStream(new NetworkStream(socket, ownsSocket: true))
{
    /// <summary>Ends the sending direction below TLS: without close_notify, unless that was sent before.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);
}
