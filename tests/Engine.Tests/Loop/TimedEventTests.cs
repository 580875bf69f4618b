using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Time;

namespace Simulation.Engine.Tests.Loop;

public sealed class TimedEventTests
{
    private readonly SimulationLoop _loop = new();
    private readonly List<long> _fired = [];

    [Fact]
    public void Events_fire_by_time_and_sequence_however_they_were_added_moved_and_cancelled()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            _loop.Reset(seed);
            Prng prng = _loop.Streams.Stream("test");
            var expected = new List<(long Time, int Sequence)>();
            var fired = new List<(long Time, int Sequence)>();
            var events = new List<(TimedEvent Event, (long, int) Key)>();
            for (int sequence = 0; sequence < 300; sequence++)
            {
                (long Time, int Sequence) key = (prng.NextLong(40), sequence);
                events.Add((_loop.At(key.Time, () => fired.Add(key)), key));
                if (prng.Chance(Ratio.OneIn(3)))
                {
                    int victim = prng.NextInt(events.Count);
                    _loop.Cancel(events[victim].Event);
                    Assert.False(events[victim].Event.IsScheduled);
                    events.RemoveAt(victim);
                }
            }

            expected.AddRange(events.Select(scheduled => scheduled.Key));
            expected.Sort();
            _loop.Spawn("waits", async () => await _loop.Delay(100));
            _loop.Run();

            Assert.Equal(expected, fired);
        }
    }

    [Fact]
    public void Timer_of_the_time_provider_fires_periodically_until_disposed()
    {
        _loop.Spawn("timed", async () =>
        {
            ITimer timer = _loop.TimeProvider.CreateTimer(
                _ => _fired.Add(_loop.NowNanoseconds), null, TimeSpan.FromMicroseconds(2), TimeSpan.FromMicroseconds(3));
            await _loop.Delay(9 * VirtualDuration.Microsecond);
            timer.Dispose();
            Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
            await _loop.Delay(9 * VirtualDuration.Microsecond);
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal([2000, 5000, 8000], _fired);
    }

    [Fact]
    public void Timers_of_the_base_library_run_on_virtual_time()
    {
        _loop.Spawn("timed", async () =>
        {
            await Task.Delay(TimeSpan.FromHours(1), _loop.TimeProvider);
            _fired.Add(_loop.NowNanoseconds);
            using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1), _loop.TimeProvider);
            await Assert.ThrowsAsync<OperationCanceledException>(
                async () => await _loop.Delay(VirtualDuration.Second * 60, "long", source.Token));
            _fired.Add(_loop.NowNanoseconds);
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal([3600 * VirtualDuration.Second, 3601 * VirtualDuration.Second], _fired);
    }

    [Fact]
    public void Wall_clock_jumps_and_the_timestamps_do_not()
    {
        _loop.Spawn("clock", async () =>
        {
            VirtualTimeProvider time = _loop.TimeProvider;
            DateTimeOffset before = time.GetUtcNow();
            long timestamp = time.GetTimestamp();
            await _loop.Delay(VirtualDuration.Second);
            time.JumpWallClock(-3600 * VirtualDuration.Second);

            Assert.Equal(TimeSpan.FromSeconds(1), time.GetElapsedTime(timestamp));
            Assert.Equal(before.AddSeconds(1 - 3600), time.GetUtcNow());
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(1, 1_000_000_000, 1)]
    [InlineData(1, 3, 333_333_334)]
    [InlineData(125_000_000, 125_000_000, 1_000_000_000)]
    [InlineData(1L << 50, 1L << 30, 1_048_576_000_000_000)]
    public void Transfer_takes_its_bytes_by_the_rate_rounded_up(long bytes, long rate, long nanoseconds) =>
        Assert.Equal(nanoseconds, VirtualDuration.OfTransfer(bytes, rate));
}
