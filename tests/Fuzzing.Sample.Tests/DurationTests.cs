using System.Text;
using Fuzzing.Xunit;

namespace Fuzzing.Sample.Tests;

public sealed class DurationTests
{
    [FuzzTarget("Fuzzing.Sample.Tests", MaximumBytes = 32)]
    public void What_is_written_is_read_again(ReadOnlySpan<byte> input)
    {
        if (!ShortDuration.TryParse(input, out ShortDuration duration))
            return;
        Assert.True(ShortDuration.TryParse(Encoding.UTF8.GetBytes(duration.ToString()), out ShortDuration again));
        Assert.Equal(duration, again);
    }
}
