using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Processes;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Tls;

namespace Seams.Tests.Channels;

/// <summary>The daemon's TLS on a socket. The handshake is done before the test's task begins, by a byte that the peer sends first: a
/// destination too reads before it writes.</summary>
public sealed class TlsHost : FolderHost
{
    private readonly TestAuthority _authority = new();

    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        UnixDomainSocketEndPoint address = new(Path.Combine(Folder, "socket"));
        using Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(1);
        using X509Certificate2 certificate = _authority.Issue("destination");
        using Socket peer = new(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        peer.SendTimeout = peer.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        peer.Connect(address);
        using Socket accepted = listener.Accept();
        using SslStream records = new(new NetworkStream(peer, ownsSocket: false));
        Task sending = Beside(() => SendAsync(records, peer, content, ends));
        TlsChannel channel = new(
            new SocketChannel("socket", accepted, fromListener: false), () => new() { ServerCertificate = certificate },
            mayEndUncleanly: false);
        Block(async () =>
        {
            Assert.Equal(1, await channel.ReadAsync(new byte[1]));
            await body(channel);
            channel.Shutdown();
        });
        accepted.Dispose();
        Block(() => sending);
    }

    public override void Dispose()
    {
        _authority.Dispose();
        base.Dispose();
    }

    private async Task SendAsync(SslStream records, Socket peer, byte[] content, bool ends)
    {
        await Task.CompletedTask;
        records.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = _authority.TrustPolicy(),
        });
        try
        {
            records.Write([0]);
            records.Write(content);
            if (!ends)
                return;
            records.ShutdownAsync().GetAwaiter().GetResult();
            peer.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // The channel was shut down before it had read all.
        }
    }
}

public sealed class TlsSocketTests() : ChannelContract(new TlsHost());
