using Qemu.Migration.Destination.Hosting;

namespace Fuzzing.Targets.Hosts;

/// <summary>Where the connections of a script arrive, in the order of the script.</summary>
internal sealed class FuzzListener : MigrationListener
{
    private readonly Queue<MigrationChannel> _arrived = new();
    private TaskCompletionSource<MigrationChannel?>? _waiting;
    private bool _isClosed;

    /// <inheritdoc/>
    public override bool HasWaiting => _arrived.Count > 0;

    /// <summary>A peer connects.</summary>
    /// <param name="channel">The connection.</param>
    /// <returns>False when nobody listens any more.</returns>
    public bool TryConnect(MigrationChannel channel)
    {
        if (_isClosed)
            return false;
        if (_waiting is not { } waiting)
        {
            _arrived.Enqueue(channel);
            return true;
        }

        _waiting = null;
        waiting.SetResult(channel);
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<MigrationChannel?> AcceptAsync()
    {
        if (_isClosed)
            return ValueTask.FromResult<MigrationChannel?>(null);
        if (_arrived.TryDequeue(out MigrationChannel? next))
            return ValueTask.FromResult<MigrationChannel?>(next);
        _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new(_waiting.Task);
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        _isClosed = true;
        _waiting?.TrySetResult(null);
        _waiting = null;
    }
}
