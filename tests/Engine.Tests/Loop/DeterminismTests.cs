using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;

namespace Simulation.Engine.Tests.Loop;

public sealed class DeterminismTests
{
    public static TheoryData<string> Strategies => [.. StrategyCatalogue.Names];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Same_seed_gives_the_same_hash_in_two_engines_and_in_one_used_again(string strategy)
    {
        var first = new SimulationLoop();
        var second = new SimulationLoop();
        SchedulingStrategy used = StrategyCatalogue.Create(strategy, 20);
        for (ulong seed = 0; seed < 50; seed++)
        {
            ulong hash = World.RunAndHash(first, seed, used);
            World.RunAndHash(first, seed + 1000, used);

            Assert.Equal(hash, World.RunAndHash(second, seed, StrategyCatalogue.Create(strategy, 20)));
            Assert.Equal(hash, World.RunAndHash(first, seed, used));
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_hash_in_every_process() =>
        Assert.Equal(1427343180905234717UL, World.RunAndHash(new SimulationLoop(), 12345, StrategyCatalogue.Create("portfolio", 20)));

    [Fact]
    public void Different_seeds_give_different_runs()
    {
        var loop = new SimulationLoop();
        var strategy = new RandomStrategy();
        var hashes = new SortedSet<ulong>();
        for (ulong seed = 0; seed < 100; seed++)
            hashes.Add(World.RunAndHash(loop, seed, strategy));

        Assert.Equal(100, hashes.Count);
    }

    [Fact]
    public void Keeping_events_changes_no_hash()
    {
        var loop = new SimulationLoop();
        ulong plain = World.RunAndHash(loop, 4, new RandomStrategy());
        loop.Trace.Retain = true;

        Assert.Equal(plain, World.RunAndHash(loop, 4, new RandomStrategy()));
        Assert.Equal(loop.Trace.Count, loop.Trace.Events.Length);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Replay_of_a_recording_is_the_same_run_under_any_strategy(string strategy)
    {
        var loop = new SimulationLoop();
        World.RunThreeTasks(loop, 9, StrategyCatalogue.Create(strategy, 20), out RunReport recorded);

        World.RunThreeTasks(loop, 9, new ContinueStrategy(), out RunReport replayed, loop.Choices.Recorded.Copy());

        Assert.Equal(recorded.TraceHash, replayed.TraceHash);
        Assert.Null(loop.Choices.FirstDivergence);
        Assert.Equal(0, loop.Choices.UnusedCount);
    }

    [Fact]
    public void Replay_of_edited_choices_diverges_where_they_no_longer_fit_and_goes_on()
    {
        var loop = new SimulationLoop();
        World.RunThreeTasks(loop, 9, new RandomStrategy(), out RunReport recorded);
        ChoiceLog edited = loop.Choices.Recorded.Copy();
        edited[5] = edited[5] with { Site = "elsewhere" };

        string order = World.RunThreeTasks(loop, 9, new RandomStrategy(), out RunReport replayed, edited);

        Assert.Equal(5, loop.Choices.FirstDivergence?.Index);
        Assert.Equal(RunOutcome.Completed, replayed.Outcome);
        Assert.Equal(12, order.Length);

        // The generator stood where it had stood, so it proposed the same again.
        Assert.Equal(recorded.TraceHash, replayed.TraceHash);
    }

    [Fact]
    public void One_run_after_another_allocates_no_more_than_the_last()
    {
        var loop = new SimulationLoop();
        var strategy = StrategyCatalogue.Create("portfolio", 20);
        long Measure(int runs)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int run = 0; run < runs; run++)
                RunPoints(loop, (ulong)run, strategy, points: 50);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / runs;
        }

        Measure(2000);
        long early = Measure(1000);
        long late = Measure(1000);

        Assert.InRange(late, 0, early + 128);
        Assert.InRange(late, 0, 4096);
    }

    [Fact]
    public void Points_and_delays_allocate_nothing_after_warm_up()
    {
        var loop = new SimulationLoop();
        var strategy = StrategyCatalogue.Create("random", 20);
        long Measure(int points)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            RunPoints(loop, 1, strategy, points);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Measure(5000);

        // The runtime may compile a method better meanwhile, and that allocates too: the least of a few is the loop's own.
        long Least(int points) => Enumerable.Range(0, 5).Min(_ => Measure(points));
        Assert.Equal(Least(10), Least(5000));
    }

    private static void RunPoints(SimulationLoop loop, ulong seed, SchedulingStrategy strategy, int points)
    {
        loop.Reset(seed, strategy);
        for (int task = 0; task < 3; task++)
        {
            loop.Spawn("t", async () =>
            {
                for (int i = 0; i < points / 3; i++)
                {
                    await loop.Point("p");
                    if (i % 4 == 0)
                        await loop.Delay(10);
                }
            });
        }

        Assert.Equal(RunOutcome.Completed, loop.Run().Outcome);
    }
}
