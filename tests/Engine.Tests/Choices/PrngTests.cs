using Simulation.Engine.Choices;

namespace Simulation.Engine.Tests.Choices;

public sealed class PrngTests
{
    [Fact]
    public void Generator_draws_the_published_sequence()
    {
        // SplitMix64 of 0 and xoshiro256** after it, as the authors' C code gives them: other machines must draw the same.
        var prng = new Prng(0);

        ulong[] drawn = [prng.NextUInt64(), prng.NextUInt64(), prng.NextUInt64()];

        Assert.Equal([0x99EC5F36CB75F2B4UL, 0xBF6E1F784956452AUL, 0x1A5F849D4933E6E0UL], drawn);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    public void Draws_stay_below_their_bound(long bound)
    {
        var prng = new Prng(7);
        for (int i = 0; i < 1000; i++)
            Assert.InRange(prng.NextLong(bound), 0, bound - 1);
    }

    [Fact]
    public void Draws_are_spread_evenly()
    {
        var prng = new Prng(11);
        var counts = new int[7];
        for (int i = 0; i < 70_000; i++)
            counts[prng.NextInt(7)]++;

        // 10,000 each, and six standard deviations.
        Assert.All(counts, count => Assert.InRange(count, 9_440, 10_560));
    }

    [Fact]
    public void Closed_range_reaches_both_ends_and_nothing_else()
    {
        var prng = new Prng(3);
        int[] drawn = [.. Enumerable.Range(0, 200).Select(_ => prng.Between(-2, 1)).Distinct().Order()];

        Assert.Equal([-2, -1, 0, 1], drawn);
    }

    [Fact]
    public void Chance_of_zero_and_one_is_certain_and_draws_all_the_same()
    {
        var prng = new Prng(5);
        var shadow = new Prng(5);

        Assert.False(prng.Chance(Ratio.Zero));
        Assert.True(prng.Chance(Ratio.One));

        shadow.NextUInt64();
        shadow.NextUInt64();
        Assert.Equal(shadow.NextUInt64(), prng.NextUInt64());
    }

    [Fact]
    public void Weights_of_zero_are_never_picked_and_others_by_their_share()
    {
        var prng = new Prng(13);
        var counts = new int[4];
        for (int i = 0; i < 40_000; i++)
            counts[prng.PickWeighted([0, 1, 0, 3])]++;

        Assert.Equal((0, 0), (counts[0], counts[2]));
        Assert.InRange(counts[1], 9_480, 10_520);
    }

    [Fact]
    public void Shuffle_keeps_the_items_and_reaches_every_order()
    {
        var prng = new Prng(17);
        var orders = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 200; i++)
        {
            char[] items = ['a', 'b', 'c'];
            prng.Shuffle<char>(items);
            orders.Add(new string(items));
        }

        Assert.Equal(["abc", "acb", "bac", "bca", "cab", "cba"], orders);
    }

    [Fact]
    public void Bytes_are_those_of_the_words_in_order()
    {
        var bytes = new byte[11];
        new Prng(19).NextBytes(bytes);

        var words = new Prng(19);
        Assert.Equal(words.NextUInt64(), BitConverter.ToUInt64(bytes));
        Assert.Equal((uint)(words.NextUInt64() & 0xFFFFFF), bytes[8] | ((uint)bytes[9] << 8) | ((uint)bytes[10] << 16));
    }

    [Fact]
    public void Default_ratio_is_zero()
    {
        Assert.Equal(Ratio.Zero, default);
        Assert.Equal((0, 1), (default(Ratio).Numerator, default(Ratio).Denominator));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ratio(2, 1));
    }
}
