using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;

namespace Simulation.Conformance;

/// <summary>Where the connections of a case come to our destination: all are there from the start, in the order of the case.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="channels">The connections.</param>
internal sealed class TrialListener(SimulationLoop loop, IReadOnlyList<MigrationChannel> channels) : MigrationListener
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _accepted;

    /// <inheritdoc/>
    public override async ValueTask<MigrationChannel?> AcceptAsync()
    {
        await loop.Point("referee.accept");
        if (!_closed.Task.IsCompleted && _accepted < channels.Count)
            return channels[_accepted++];
        await _closed.Task;
        return null;
    }

    /// <inheritdoc/>
    protected override void Close() => _closed.TrySetResult();
}
