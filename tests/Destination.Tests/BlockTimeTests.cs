using Qemu.Migration.Destination.Postcopy;

namespace Destination.Tests;

/// <summary>How long the guest waited for missing pages (stream reference, section 7.3).</summary>
public sealed class BlockTimeTests
{
    // Element N counts waits from 2^N us on, up to 2^(N+1) us; the first also those that are shorter, the last also those that are longer.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(999, 0)]
    [InlineData(1_999, 0)]
    [InlineData(2_000, 1)]
    [InlineData(1_023_999, 9)]
    [InlineData(1_024_000, 10)]
    [InlineData(8_388_607_999, 22)]
    [InlineData(8_388_608_000, 23)]
    [InlineData(100_000_000_000, 23)]
    public void Wait_is_counted_by_its_power_of_two(long nanoseconds, int bucket)
    {
        BlockTime time = new(vcpuCount: 2);
        time.Begin(BlockTime.NoVcpu, 5);
        time.End(BlockTime.NoVcpu, 5, 5 + nanoseconds);

        BlockTimeFigures figures = time.Figures();
        Assert.Equal(Enumerable.Range(0, 24).Select(i => i == bucket ? 1L : 0L), figures.Distribution);
        Assert.Equal((nanoseconds, nanoseconds, 0), (figures.LatencyNanoseconds, figures.OtherLatencyNanoseconds, figures.AllBlockedNanoseconds));
    }

    [Fact]
    public void All_are_blocked_while_the_last_one_that_ran_waits()
    {
        BlockTime time = new(vcpuCount: 2);
        time.Begin(0, 100);
        time.Begin(1, 250);
        time.End(0, 100, 400);
        time.End(1, 250, 1000);

        BlockTimeFigures figures = time.Figures();
        Assert.Equal(150, figures.AllBlockedNanoseconds);
        Assert.Equal([300, 750], figures.VcpuBlockedNanoseconds);
        Assert.Equal([300, 750], figures.VcpuLatencyNanoseconds);
        Assert.Equal((525, 0), (figures.LatencyNanoseconds, figures.OtherLatencyNanoseconds));
    }
}
