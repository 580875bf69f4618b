using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A recorded connection whose bytes come when the recording's log says so. It lives on the one thread of a replay.</summary>
/// <param name="name">Its name.</param>
/// <param name="bytes">All that the source sent.</param>
internal sealed class ReplayedChannel(string name, ReadOnlyMemory<byte> bytes) : MigrationChannel
{
    private TaskCompletionSource _news = new();
    private int _arrived;
    private int _read;
    private bool _isShut;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool FromListener => true;

    /// <inheritdoc/>
    public override bool HasEnded => HasPeerEnded && _read == _arrived;

    /// <summary>Whether the source has gone.</summary>
    public bool HasPeerEnded { get; private set; }

    /// <summary>Whether it begins as the connection of a recovery, which follows another main connection.</summary>
    public bool IsRecovery => bytes.Length > 0 && bytes.Span[0] == (byte)Wire.SectionType.Command;

    /// <summary>Whether the source sends nothing at all.</summary>
    public bool IsSilent => bytes.IsEmpty;

    /// <summary>The source has sent bytes.</summary>
    /// <param name="count">How many in all.</param>
    public void Deliver(int count)
    {
        _arrived = Math.Min(Math.Max(count, _arrived), bytes.Length);
        _news.TrySetResult();
    }

    /// <summary>The source has gone.</summary>
    public void End()
    {
        HasPeerEnded = true;
        _news.TrySetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        while (_read == _arrived && !HasPeerEnded && !_isShut)
        {
            _news = new();
            await _news.Task;
        }
        if (_isShut)
            return 0;
        int count = Math.Min(buffer.Length, _arrived - _read);
        bytes.Slice(_read, count).CopyTo(buffer);
        _read += count;
        return count;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) =>
        _isShut ? throw new IOException($"'{name}' is shut down") : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override void Shutdown()
    {
        _isShut = true;
        _news.TrySetResult();
    }
}
