using Simulation.Engine.Loop;
using Simulation.Engine.Tracing;

namespace Simulation.Engine.Time;

/// <summary>
/// The loop's clock as a <see cref="TimeProvider"/>: a timestamp is virtual nanoseconds unless <see cref="SetTimestamps"/> says otherwise,
/// a timer is an event of the loop, and the wall clock may be moved without touching either, as an administrator or NTP would.
/// </summary>
public sealed class VirtualTimeProvider : TimeProvider
{
    // Any fixed instant works. A round one is easy to recognise in a log.
    private static readonly DateTimeOffset StartOfWallClock = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SimulationLoop _loop;
    private long _wallOffsetNanoseconds;
    private long _startNanoseconds;
    private int _ticksPerNanosecond = 1;

    internal VirtualTimeProvider(SimulationLoop loop) => _loop = loop;

    /// <inheritdoc/>
    public override long TimestampFrequency => VirtualDuration.Second * _ticksPerNanosecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long GetTimestamp() => (_startNanoseconds + _loop.NowNanoseconds) * _ticksPerNanosecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() =>
        StartOfWallClock.AddTicks((_loop.NowNanoseconds + _wallOffsetNanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>Sets what a timestamp is until the loop is reset.</summary>
    /// <param name="startNanoseconds">How long the clock has run when the loop starts, 0 or more.</param>
    /// <param name="ticksPerNanosecond">Its frequency in GHz, 1 or more.</param>
    public void SetTimestamps(long startNanoseconds, int ticksPerNanosecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startNanoseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(ticksPerNanosecond, 1);
        (_startNanoseconds, _ticksPerNanosecond) = (startNanoseconds, ticksPerNanosecond);
    }

    /// <summary>Moves the wall clock; timestamps and timers do not notice.</summary>
    /// <param name="nanoseconds">Forward, or back when negative.</param>
    public void JumpWallClock(long nanoseconds)
    {
        _wallOffsetNanoseconds += nanoseconds;
        _loop.Record(TraceKind.WallClockJumped, nanoseconds);
    }

    /// <summary>Makes a timer. Its callback runs as a step of the logical task that made it.</summary>
    /// <param name="callback">What to do when it is due.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="dueTime">When first, from now; <see cref="Timeout.InfiniteTimeSpan"/> for never.</param>
    /// <param name="period">How often from then on; zero or <see cref="Timeout.InfiniteTimeSpan"/> for once.</param>
    /// <returns>The timer.</returns>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(_loop, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Reset() => (_wallOffsetNanoseconds, _startNanoseconds, _ticksPerNanosecond) = (0, 0, 1);

    private sealed class VirtualTimer(SimulationLoop loop, TimerCallback callback, object? state) : TimedEvent, ITimer
    {
        private readonly LogicalTask _owner = loop.CurrentOrRoot;
        private long _periodNanoseconds;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed)
                return false;
            loop.Cancel(this);
            _periodNanoseconds = period > TimeSpan.Zero ? VirtualDuration.Of(period) : 0;
            if (dueTime >= TimeSpan.Zero)
                loop.Schedule(this, loop.NowNanoseconds + VirtualDuration.Of(dueTime));
            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            loop.Cancel(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        protected internal override void Fire()
        {
            if (_periodNanoseconds > 0)
                loop.Schedule(this, loop.NowNanoseconds + _periodNanoseconds);
            loop.Enqueue(_owner, callback, state);
        }
    }
}
