using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Tls;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>An opened way for the stream to come in: a listener, or the one channel there is.</summary>
internal abstract class IncomingTransport : IDisposable
{
    /// <summary>Where the source may connect; empty when nothing listens.</summary>
    public virtual IReadOnlyList<SocketAddress> Addresses => [];

    /// <summary>Opens a transport. Nothing is read before <see cref="Start"/>.</summary>
    /// <param name="address">Where the stream comes from.</param>
    /// <param name="log">Where it is said that a connection has to wait.</param>
    /// <returns>The transport.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static IncomingTransport Open(MigrationAddress address, DaemonLog log) => address switch
    {
        TcpAddress tcp => new ListeningTransport(SocketListener.Open(tcp, log)),
        UnixAddress unix => new ListeningTransport(SocketListener.Open(unix, log)),
        FileAddress file => new SingleChannelTransport(FileOpener.Open(file)),
        DescriptorAddress descriptor => new SingleChannelTransport(FileOpener.Open(descriptor)),
        ExecAddress exec => new SingleChannelTransport(new ExecChannel(exec.Command)),
        _ => throw new ArgumentException($"no transport for {address}", nameof(address)),
    };

    /// <summary>Lets the channels have TLS where the parameters ask for it. Called once, before <see cref="Start"/>.</summary>
    /// <param name="tls">What they ask for.</param>
    /// <returns>Why that cannot be done, or null.</returns>
    public abstract string? Protect(TlsObjects tls);

    /// <summary>Hands every connection to a migration.</summary>
    /// <param name="environment">Where tasks come from.</param>
    /// <param name="migration">The migration, begun.</param>
    /// <exception cref="IOException">The system has no thread left; nothing was read.</exception>
    public abstract void Start(DestinationEnvironment environment, IncomingMigration migration);

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed class SingleChannelTransport(MigrationChannel channel) : IncomingTransport
    {
        private MigrationChannel _channel = channel;

        public override string? Protect(TlsObjects tls)
        {
            if (tls.IsWanted && _channel is not SocketChannel)
                return $"tls-creds is set, and '{_channel.Name}' cannot be read over TLS: only a socket has a peer to shake hands with";
            _channel = tls.Protect(_channel);
            return tls.Check();
        }

        public override void Start(DestinationEnvironment environment, IncomingMigration migration) =>
            environment.Spawn("main", () => migration.AttachAsync(_channel));

        public override void Dispose() => _channel.Shutdown();
    }

    private sealed class ListeningTransport(SocketListener listener) : IncomingTransport
    {
        private readonly ChannelListener _channels = new(listener);

        public override IReadOnlyList<SocketAddress> Addresses { get; } = [listener.Address];

        public override string? Protect(TlsObjects tls)
        {
            _channels.Tls = tls;
            return tls.Check();
        }

        public override void Start(DestinationEnvironment environment, IncomingMigration migration) =>
            environment.Spawn("listen", () => migration.ServeAsync(_channels));

        public override void Dispose() => _channels.Dispose();
    }

    private sealed class ChannelListener(SocketListener listener) : MigrationListener
    {
        private int _number;

        public TlsObjects? Tls { get; set; }

        public override bool HasWaiting => listener.HasWaiting;

        public override string? Shortage => listener.Shortage;

        public override ValueTask<MigrationChannel?> AcceptAsync() => ValueTask.FromResult<MigrationChannel?>(
            listener.Accept() is { } socket
                ? Tls!.Protect(new SocketChannel($"{listener.Name}#{_number++}", socket, fromListener: true))
                : null);

        protected override void Close() => listener.Dispose();
    }
}
