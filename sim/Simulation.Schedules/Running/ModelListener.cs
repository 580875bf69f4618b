using Qemu.Migration.Destination.Hosting;

namespace Simulation.Schedules.Running;

/// <summary>Where a model's peers connect: they wait in a queue to be accepted. Like <see cref="ModelChannel"/> it takes no locks.</summary>
/// <param name="environment">Whose points they are.</param>
internal sealed class ModelListener(ModelEnvironment environment) : MigrationListener
{
    private readonly Queue<(MigrationChannel Channel, TaskCompletionSource Accepted)> _queue = new();
    private TaskCompletionSource _news = NewSignal();
    private bool _isClosed;

    /// <inheritdoc/>
    public override bool HasWaiting => _queue.Count > 0;

    /// <summary>A peer connects.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="accepted">Completed when it is accepted, or never will be.</param>
    public void Connect(MigrationChannel channel, TaskCompletionSource accepted)
    {
        if (_isClosed)
        {
            accepted.TrySetResult();
            return;
        }

        _queue.Enqueue((channel, accepted));
        _news.TrySetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask<MigrationChannel?> AcceptAsync()
    {
        while (true)
        {
            await environment.Point("listener.accept");
            if (_isClosed)
                return null;
            if (_queue.TryDequeue(out var next))
            {
                next.Accepted.TrySetResult();
                return next.Channel;
            }

            _news = NewSignal();
            await environment.WaitFor(_news.Task);
        }
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        _isClosed = true;
        while (_queue.TryDequeue(out var left))
            left.Accepted.TrySetResult();
        _news.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
