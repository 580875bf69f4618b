using Simulation.Engine.Choices;

namespace Simulation.Engine.Tests.Choices;

public sealed class SeedStreamsTests
{
    [Fact]
    public void Draws_of_one_stream_shift_no_other()
    {
        var streams = new SeedStreams(42);
        Prng quiet = streams.Stream("guest");
        ulong expected = quiet.NextUInt64();

        Prng busy = streams.Stream("faults");
        for (int i = 0; i < 100; i++)
            busy.NextUInt64();

        Assert.Equal(expected, streams.Stream("guest").NextUInt64());
    }

    [Fact]
    public void Streams_of_two_names_seeds_and_parts_are_unrelated()
    {
        var streams = new SeedStreams(1);
        ulong[] seeds =
        [
            streams.SeedOf("a"), streams.SeedOf("b"), streams.Within("a").SeedOf("b"), streams.Within("b").SeedOf("a"),
            new SeedStreams(2).SeedOf("a"), new SeedStreams(2).SeedOf("b"),
        ];

        Assert.Equal(seeds.Length, seeds.Distinct().Count());
    }

    [Fact]
    public void Names_hash_the_same_in_every_process()
    {
        // FNV-1a of 'a', 0 - the published step taken by hand.
        ulong step = unchecked((14695981039346656037 ^ 'a') * 1099511628211);
        Assert.Equal(unchecked(step * 1099511628211), StableHash.OfText("a"));
        Assert.Equal(16255379925890563349UL, new SeedStreams(42).SeedOf("schedule"));
    }
}
