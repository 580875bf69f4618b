using System.Net.Sockets;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Incoming.Channels;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>An opened way for the stream to come in: a listener, or the one channel there is.</summary>
internal abstract class IncomingTransport : IDisposable
{
    /// <summary>Where the source may connect; empty when nothing listens.</summary>
    public virtual IReadOnlyList<SocketAddress> Addresses => [];

    /// <summary>Opens a transport. Nothing is read before <see cref="Start"/>.</summary>
    /// <param name="address">Where the stream comes from.</param>
    /// <returns>The transport.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static IncomingTransport Open(MigrationAddress address) => address switch
    {
        TcpAddress tcp => new ListeningTransport(SocketListener.Open(tcp)),
        UnixAddress unix => new ListeningTransport(SocketListener.Open(unix)),
        FileAddress file => new SingleChannelTransport(FileOpener.Open(file)),
        DescriptorAddress descriptor => new SingleChannelTransport(FileOpener.Open(descriptor)),
        ExecAddress exec => new SingleChannelTransport(new ExecChannel(exec.Command)),
        _ => throw new ArgumentException($"no transport for {address}", nameof(address)),
    };

    /// <summary>Hands every connection to a migration.</summary>
    /// <param name="environment">Where tasks come from.</param>
    /// <param name="migration">The migration, begun.</param>
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
                Interlocked.Decrement(ref _connections);
                environment.Trace.ConnectionRefused(channel.Name, $"there are {MostConnections} connections already");
                channel.Shutdown();
                return;
            }
            environment.Spawn($"connection/{number}", async () =>
            {
                try
                {
                    await migration.AttachAsync(channel);
                }
                finally
                {
                    Interlocked.Decrement(ref _connections);
                }
            });
        }
    }
}
