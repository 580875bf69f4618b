namespace Qemu.Migration.Destination.Postcopy;

/// <summary>How long the guest waited for missing pages, as QEMU 11 reports it (capability <c>postcopy-blocktime</c>, stream reference,
/// section 7.3).</summary>
/// <param name="AllBlockedNanoseconds">How long all CPUs waited at once.</param>
/// <param name="VcpuBlockedNanoseconds">How long each CPU waited.</param>
/// <param name="LatencyNanoseconds">How long a page took to come, on average.</param>
/// <param name="Distribution">How many pages took so long: element N counts those from 2^N us on, up to 2^(N+1) us.</param>
/// <param name="VcpuLatencyNanoseconds">The average for each CPU.</param>
/// <param name="OtherLatencyNanoseconds">The average for who is no CPU.</param>
public sealed record BlockTimeFigures(
    long AllBlockedNanoseconds, IReadOnlyList<long> VcpuBlockedNanoseconds, long LatencyNanoseconds, IReadOnlyList<long> Distribution,
    IReadOnlyList<long> VcpuLatencyNanoseconds, long OtherLatencyNanoseconds);

/// <summary>Measures it. Used under the lock of <see cref="PageFaults"/>.</summary>
/// <param name="vcpuCount">How many CPUs there are.</param>
internal sealed class BlockTime(int vcpuCount)
{
    /// <summary>Who touches a page and is no CPU.</summary>
    public const int NoVcpu = -1;

    private const int Buckets = 24;
    private readonly long[] _blocked = new long[vcpuCount];
    private readonly Latency[] _latencies = new Latency[vcpuCount];
    private readonly long[] _distribution = new long[Buckets];
    private Latency _other;
    private Latency _all;
    private int _waiting;
    private long _allSince;
    private long _allBlocked;

    /// <summary>Somebody begins to wait.</summary>
    /// <param name="vcpu">Which CPU, or <see cref="NoVcpu"/>.</param>
    /// <param name="nowNanoseconds">The time.</param>
    public void Begin(int vcpu, long nowNanoseconds)
    {
        if (vcpu != NoVcpu && ++_waiting == vcpuCount)
            _allSince = nowNanoseconds;
    }

    /// <summary>The page is there.</summary>
    /// <param name="vcpu">Who waited.</param>
    /// <param name="sinceNanoseconds">Since when.</param>
    /// <param name="nowNanoseconds">The time.</param>
    public void End(int vcpu, long sinceNanoseconds, long nowNanoseconds)
    {
        long latency = nowNanoseconds - sinceNanoseconds;
        _all.Add(latency);
        _distribution[Math.Min(Buckets - 1, long.Log2(Math.Max(1, latency / 1000)))]++;
        if (vcpu == NoVcpu)
        {
            _other.Add(latency);
            return;
        }
        if (_waiting-- == vcpuCount)
            _allBlocked += nowNanoseconds - _allSince;
        _blocked[vcpu] += latency;
        _latencies[vcpu].Add(latency);
    }

    /// <summary>What was measured so far, of waits that have ended.</summary>
    public BlockTimeFigures Figures() => new(
        _allBlocked, [.. _blocked], _all.Average, [.. _distribution], [.. _latencies.Select(latency => latency.Average)], _other.Average);

    private struct Latency
    {
        private long _sum;
        private long _count;

        public readonly long Average => _count == 0 ? 0 : _sum / _count;

        public void Add(long nanoseconds)
        {
            _sum += nanoseconds;
            _count++;
        }
    }
}
