using System.Threading.Tasks.Sources;

namespace Simulation.Engine.Loop;

/// <summary>One delay of one task; the loop keeps a pool of them.</summary>
internal sealed class DelaySource(SimulationLoop loop) : TimedEvent, IValueTaskSource
{
    private WaitCore _core;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;

    public ValueTask Begin(string site, CancellationToken cancellation)
    {
        short token = _core.Begin(loop, site);
        _cancellation = cancellation;
        if (cancellation.CanBeCanceled)
            _registration = cancellation.UnsafeRegister(static source => ((DelaySource)source!).CutShort(), this);
        return new ValueTask(this, token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(loop, continuation, state, token, flags);

    public void GetResult(short token)
    {
        _core.End(token);
        CancellationToken cancellation = _cancellation;
        Abandon();
        loop.Recycle(this);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Lets go of the token, so that cancelling it later, perhaps in another run, cuts nothing short here.</summary>
    public void Abandon()
    {
        _registration.Dispose();
        _registration = default;
        _cancellation = default;
    }

    protected internal override void Fire() => _core.Complete(loop);

    private void CutShort()
    {
        if (!_core.IsWaiting(loop))
            return;
        loop.Cancel(this);
        _core.Complete(loop);
    }
}
