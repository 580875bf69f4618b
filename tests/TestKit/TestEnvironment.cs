using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace TestKit;

/// <summary>A world with a clock that a test moves, memory that starts poisoned or is written through where asked, and a record of
/// what was told.</summary>
public sealed class TestEnvironment(byte? poison = null, bool writtenThrough = false) : DestinationEnvironment
{
    private readonly Recorder _recorder = new();
    private int _connections;

    public ManualTime Time { get; } = new();

    /// <summary>What has been told so far.</summary>
    public List<string> Told => _recorder.Told;

    /// <summary>Forgets what has been told.</summary>
    public void Forget() => _recorder.Forget();

    /// <summary>Runs at every <see cref="Point"/>.</summary>
    public Action<string>? AtPoint { get; set; }

    public override TimeProvider TimeProvider => Time;

    public override MigrationTrace Trace => _recorder;

    /// <summary>What the guest does when it runs here.</summary>
    public GuestProgram? Program { get; set; }

    public override GuestProgram? Guest => Program;

    /// <summary>How many connections the host has threads for at a time.</summary>
    public int Connections { get; set; } = int.MaxValue;

    public override Task Spawn(string name, Func<Task> body) =>
        name.StartsWith("connection/", StringComparison.Ordinal) ? ServeAsync(body) : body();

    private Task ServeAsync(Func<Task> body)
    {
        if (Interlocked.Increment(ref _connections) > Connections)
        {
            Interlocked.Decrement(ref _connections);
            throw new IOException("no thread is left");
        }
        return CountAsync();

        async Task CountAsync()
        {
            await body();
            Interlocked.Decrement(ref _connections);
        }
    }

    public override ValueTask Point(string site)
    {
        AtPoint?.Invoke(site);
        return ValueTask.CompletedTask;
    }

    /// <summary>Time passes when a test moves it.</summary>
    public override ValueTask Delay(TimeSpan duration) => new(Time.WaitAsync(duration));

    /// <summary>The regions mapped, by block.</summary>
    public Dictionary<string, GuestMemoryRegion> Mapped { get; } = [];

    public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) =>
        Mapped[name] = poison is { } value ? new PoisonedRegion(lengthBytes, value, writtenThrough) : new NativeMemoryRegion(lengthBytes);

    private sealed class Recorder : MigrationTrace
    {
        // Several tasks tell, on threads of their own.
        private readonly object _lock = new();
        private readonly List<string> _told = [];

        public List<string> Told
        {
            get
            {
                lock (_lock)
                    return [.. _told];
            }
        }

        public void Forget()
        {
            lock (_lock)
                _told.Clear();
        }

        public override void StatusChanged(MigrationStatus from, MigrationStatus to) => Add($"{from.ToQapi()} -> {to.ToQapi()}");

        public override void RunStateChanged(RunState from, RunState to) => Add($"guest {to.ToQapi()}");

        public override void ReturnPathMessageSent(ReturnPathMessageType type, uint value) => Add($"{type} {value}");

        public override void ConnectionRefused(string channel, string reason) => Add($"refused: {reason}");

        public override void Warning(string message) => Add($"warning: {message}");

        private void Add(string told)
        {
            lock (_lock)
                _told.Add(told);
        }
    }

    private sealed unsafe class PoisonedRegion : GuestMemoryRegion
    {
        private readonly NativeMemoryRegion _region;

        public PoisonedRegion(long lengthBytes, byte poison, bool writtenThrough)
        {
            IsWrittenThrough = writtenThrough;
            _region = new(lengthBytes);
            new Span<byte>(_region.Address, checked((int)lengthBytes)).Fill(poison);
        }

        public override byte* Address => _region.Address;

        public override long LengthBytes => _region.LengthBytes;

        public override bool InitiallyZero => false;

        public override bool IsWrittenThrough { get; }

        protected override void Dispose(bool disposing) => _region.Dispose();
    }
}

/// <summary>Monotonic time that only a test moves; the wall clock jumps as it likes.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly List<(long AtNanoseconds, TaskCompletionSource Passed)> _waits = [];

    public long NowNanoseconds { get; set; } = 5_000_000_000;

    /// <summary>Lets time pass for those who wait for it, one wait after the other.</summary>
    public async Task PassAsync(TimeSpan duration)
    {
        long end = NowNanoseconds + (long)duration.TotalNanoseconds;
        while (TakeEarliest(end) is { } passed)
        {
            NowNanoseconds = passed.AtNanoseconds;
            passed.Passed.SetResult();
            await Task.Yield();
        }
        NowNanoseconds = end;
    }

    /// <summary>Waits until time has passed.</summary>
    public Task WaitAsync(TimeSpan duration)
    {
        TaskCompletionSource passed = new();
        lock (_waits)
            _waits.Add((NowNanoseconds + (long)duration.TotalNanoseconds, passed));
        return passed.Task;
    }

    public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

    /// <summary>Ticks in a second of this clock.</summary>
    public long Frequency { get; set; } = 1_000_000_000;

    public override long TimestampFrequency => Frequency;

    private (long AtNanoseconds, TaskCompletionSource Passed)? TakeEarliest(long end)
    {
        lock (_waits)
        {
            if (_waits.Count == 0)
                return null;
            var earliest = _waits.MinBy(wait => wait.AtNanoseconds);
            if (earliest.AtNanoseconds > end)
                return null;
            _waits.Remove(earliest);
            return earliest;
        }
    }

    public override long GetTimestamp() => (long)((Int128)NowNanoseconds * Frequency / 1_000_000_000);

    public override DateTimeOffset GetUtcNow() => Wall;
}
