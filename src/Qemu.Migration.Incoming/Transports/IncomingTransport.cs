using System.Net.Sockets;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Daemon;

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

    /// <summary>Hands every connection to a migration.</summary>
    /// <param name="environment">Where tasks come from.</param>
    /// <param name="migration">The migration, begun.</param>
    /// <exception cref="IOException">The system has no thread left; nothing was read.</exception>
    public abstract void Start(DestinationEnvironment environment, IncomingMigration migration);

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed class SingleChannelTransport(MigrationChannel channel) : IncomingTransport
    {
        public override void Start(DestinationEnvironment environment, IncomingMigration migration) =>
            environment.Spawn("main", () => migration.AttachAsync(channel));

        public override void Dispose() => channel.Shutdown();
    }

    private sealed class ListeningTransport(SocketListener listener) : IncomingTransport
    {
        // More than any source opens: 255 multifd channels, main and preempt. Each holds a thread.
        private const int MostConnections = 512;
        private int _connections;

        public override IReadOnlyList<SocketAddress> Addresses { get; } = [listener.Address];

        public override void Start(DestinationEnvironment environment, IncomingMigration migration) =>
            environment.Spawn("listen", () =>
            {
                for (int number = 0; listener.Accept() is { } socket; number++)
                    Serve(environment, migration, socket, number);
                return Task.CompletedTask;
            });

        public override void Dispose() => listener.Dispose();

        private void Serve(DestinationEnvironment environment, IncomingMigration migration, Socket socket, int number)
        {
            SocketChannel channel = new($"{listener.Name}#{number}", socket, fromListener: true);
            if (Interlocked.Increment(ref _connections) > MostConnections)
            {
                Refuse(environment, channel, $"there are {MostConnections} connections already");
                return;
            }
            try
            {
                environment.Spawn($"connection/{number}", async () =>
                {
                    await migration.AttachAsync(channel);
                    Interlocked.Decrement(ref _connections);
                });
            }
            catch (IOException error)
            {
                Refuse(environment, channel, error.Message);
            }
        }

        private void Refuse(DestinationEnvironment environment, SocketChannel channel, string reason)
        {
            Interlocked.Decrement(ref _connections);
            environment.Trace.ConnectionRefused(channel.Name, reason);
            channel.Shutdown();
        }
    }
}
