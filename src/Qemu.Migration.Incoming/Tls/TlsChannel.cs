using System.Net.Security;
using System.Security.Authentication;
using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Tls;

/// <summary>
/// A channel whose bytes travel in TLS records; this side is the server.
/// </summary>
/// <remarks>
/// What the destination sees of it: reads are copied (it neither lends nor reads in place) and end at the end of a record of at most
/// 16 KiB, or of several that came together. The handshake is part of the first read, on the connection's own task, so the limit on
/// a connection that does not introduce itself holds for the handshake too. A failed handshake, a broken record and a connection that
/// ends without TLS's goodbye (close_notify) are each an <see cref="IOException"/> from a read.
/// </remarks>
internal sealed class TlsChannel : MigrationChannel
{
    private readonly MigrationChannel _channel;
    private readonly ChannelStream _records;
    private readonly SslStream _tls;
    private readonly Func<SslServerAuthenticationOptions> _findOptions;
    private readonly bool _mayEndUncleanly;
    private readonly object _lock = new();
    private int _users;
    private bool _isShutDown;

    /// <summary>Puts TLS on a channel.</summary>
    /// <param name="channel">The connection; it is this channel's own.</param>
    /// <param name="findOptions">Certificates, and what is asked of the peer, when the handshake begins; an
    /// <see cref="IOException"/> where there are none.</param>
    /// <param name="mayEndUncleanly">Whether a connection that ends without close_notify has just ended
    /// (<c>multifd-clean-tls-termination=off</c>): sources up to QEMU 9.2 close multifd channels like that.</param>
    public TlsChannel(MigrationChannel channel, Func<SslServerAuthenticationOptions> findOptions, bool mayEndUncleanly)
    {
        _channel = channel;
        _findOptions = findOptions;
        _mayEndUncleanly = mayEndUncleanly;
        _records = new(channel);
        _tls = new(_records, leaveInnerStreamOpen: true);
    }

    /// <inheritdoc/>
    public override string Name => _channel.Name;

    /// <inheritdoc/>
    public override bool FromListener => _channel.FromListener;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        Enter();
        try
        {
            if (!_tls.IsAuthenticated)
                await ShakeHandsAsync();
            return await ReceiveAsync(buffer);
        }
        catch (InvalidOperationException error)
        {
            throw new IOException(error.Message, error);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Enter();
        try
        {
            await _tls.WriteAsync(bytes);
        }
        catch (InvalidOperationException error)
        {
            throw new IOException(error.Message, error);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override void ShutdownRead() => _channel.ShutdownRead();

    /// <summary>Ends both directions, without close_notify, as QEMU's destination does: what the source must know, the return path
    /// has told it.</summary>
    public override void Shutdown()
    {
        _channel.Shutdown();
        lock (_lock)
        {
            if (_isShutDown)
                return;
            _isShutDown = true;
            if (_users > 0)
                return;
        }
        _tls.Dispose();
    }

    private async ValueTask ShakeHandsAsync()
    {
        SslServerAuthenticationOptions options = _findOptions();
        try
        {
            await _tls.AuthenticateAsServerAsync(options);
        }
        catch (Exception error) when (error is AuthenticationException or IOException or InvalidOperationException)
        {
            throw new IOException($"TLS handshake failed: {(error.InnerException ?? error).Message}", error);
        }
    }

    // After close_notify, SslStream ends without reading the end of the channel below.
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        int read;
        try
        {
            read = await _tls.ReadAsync(buffer);
        }
        catch (IOException) when (_records.HasEnded)
        {
            // The connection ended inside a record.
            read = 0;
        }
        return read > 0 || !_records.HasEnded || _mayEndUncleanly
            ? read
            : throw new IOException("Cannot read from TLS channel: The TLS connection was non-properly terminated.");
    }

    // SslStream must not be disposed of beside a read or a write: the last one to leave does it.
    private void Enter()
    {
        lock (_lock)
        {
            if (_isShutDown)
                throw new IOException($"'{Name}' is shut down");
            _users++;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_users > 0 || !_isShutDown)
                return;
        }
        _tls.Dispose();
    }
}
