using static Qemu.Migration.Destination.Hosting.Signals;
using static Qemu.Migration.Destination.Session.SessionEvent;
using static Qemu.Migration.Destination.Session.SessionPhase;

namespace Qemu.Migration.Destination.Session;

/// <content>Looks after those that wait: peers may have gone, and time may be over.</content>
internal sealed partial class MigrationSession
{
    // How often the session checks whether the connected peers are still there.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    private TaskCompletionSource _news = NewSignal();
    private bool _isWatched;

    private void Watch()
    {
        lock (_lock)
        {
            if (_isWatched)
                return;
            _isWatched = true;
        }
        if (Spawn("watch", WatchAsync) is null)
            return;
        lock (_lock)
            _isWatched = false;
    }

    // Checks the peers while any is connected: the first one may have closed its connection, or may be silent for too long.
    private async Task WatchAsync()
    {
        while (true)
        {
            Task news;
            bool anybody;
            lock (_lock)
            {
                if (_phase is Ended)
                    return;
                if (_news.Task.IsCompleted)
                    _news = NewSignal();
                news = _news.Task;
                anybody = _newcomers.Any || _phase is Setup { IsEmpty: false } or Active { AwaitsPreemptSince: not null }
                    or Serving { AwaitsUrgentSince: not null } or Recovering;
            }
            if (!anybody)
            {
                await _environment.WaitFor(news);
                continue;
            }
            await _environment.Delay(LookInterval);
            await LookAsync();
        }
    }

    private async ValueTask LookAsync()
    {
        long now = _migration.State.Now;
        while (TakeOverdue(now) is { } late)
            late.Refuse(_environment.Trace, $"it has not said what it is within {_limits.Introduction.TotalSeconds} s");
        await CarryOutAsync(Decide(new TimePassed(now)));
    }

    // A preempt channel has no magic and is silent until a page is urgent, so its silence has no limit.
    private Connection? TakeOverdue(long nowNanoseconds)
    {
        lock (_lock)
            return _phase is Active or Listening or Serving && AwaitsPreempt ? null : _newcomers.TakeOverdue(nowNanoseconds);
    }

    private void Wake()
    {
        lock (_lock)
            _news.TrySetResult();
    }
}
