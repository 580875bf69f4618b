using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;

namespace Simulation.Conformance;

/// <summary>Where the connections of a case come to our destination, in the order in which they are made.</summary>
/// <param name="loop">The world's loop.</param>
internal sealed class TrialListener(SimulationLoop loop) : MigrationListener
{
    private readonly Queue<MigrationChannel> _waiting = [];
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    /// <inheritdoc/>
    public override bool HasWaiting => _waiting.Count > 0;

    /// <summary>A connection comes.</summary>
    /// <param name="channel">The connection.</param>
    public void Add(MigrationChannel channel)
    {
        _waiting.Enqueue(channel);
        _arrival.TrySetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask<MigrationChannel?> AcceptAsync()
    {
        await loop.Point("referee.accept");
        while (!_isClosed && _waiting.Count == 0)
        {
            _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await _arrival.Task;
        }
        return _isClosed ? null : _waiting.Dequeue();
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        _isClosed = true;
        _arrival.TrySetResult();
    }
}
