using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;

namespace Simulation.Engine.Tests.Scheduling;

public sealed class StrategyTests
{
    private readonly SimulationLoop _loop = new();

    [Fact]
    public void Fifo_takes_turns_in_the_order_of_readiness() =>
        Assert.Equal("abcabcabc", RunPoints(new FifoStrategy(), steps: 3));

    [Fact]
    public void Continue_never_leaves_a_task_that_can_go_on_and_records_zeros_alone()
    {
        Assert.Equal("aaabbbccc", RunPoints(new ContinueStrategy(), steps: 3));
        Assert.All(_loop.Choices.Recorded.AsSpan().ToArray(), choice => Assert.Equal(0, choice.Value));
    }

    [Fact]
    public void One_changed_decision_moves_one_preemption()
    {
        // Current task everywhere except at decision 2: after two steps of a, b goes first.
        Assert.Equal("aabbbccca", RunPoints(new ContinueStrategy(), steps: 3, replay: ChoiceLog.Parse("0,0,1")));
        Assert.Null(_loop.Choices.FirstDivergence);
    }

    [Fact]
    public void Round_robin_goes_by_id_behind_the_last() =>
        Assert.Equal("abcabcabc", RunPoints(new RoundRobinStrategy(), steps: 3, seed: RoundRobinSeed(first: 0)));

    [Fact]
    public void Sticky_changes_the_task_less_often_than_random()
    {
        int sticky = 0;
        int random = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            sticky += Switches(RunPoints(new StickyStrategy(Ratio.OneIn(8)), 20, seed));
            random += Switches(RunPoints(new RandomStrategy(), 20, seed));
        }

        Assert.True(sticky * 3 < random, $"{sticky} against {random}");
    }

    [Fact]
    public void Pct_of_depth_one_runs_each_task_to_its_end_in_a_random_order()
    {
        var orders = new SortedSet<string>(StringComparer.Ordinal);
        for (ulong seed = 0; seed < 100; seed++)
            orders.Add(RunPoints(new PctStrategy(1, 9), 3, seed));

        Assert.Equal(["aaabbbccc", "aaacccbbb", "bbbaaaccc", "bbbcccaaa", "cccaaabbb", "cccbbbaaa"], orders);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Pct_preempts_at_most_depth_less_one_times(int depth)
    {
        var preemptions = new SortedSet<int>();
        for (ulong seed = 0; seed < 200; seed++)
        {
            // A switch beyond the two at the ends of tasks comes of a change point: one away, and one back for those still behind.
            preemptions.Add(Switches(RunPoints(new PctStrategy(depth, 30), 10, seed)) - 2);
        }

        Assert.InRange(preemptions.Max, 1, depth - 1);
    }

    [Fact]
    public void Hash_pct_orders_two_tasks_alike_whether_a_third_is_there_or_not()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            string two = RunPoints(new HashPctStrategy(), 5, seed, names: "ab");
            string three = RunPoints(new HashPctStrategy(), 5, seed, names: "abc");

            Assert.Equal(two, three.Replace("c", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Random_walk_reaches_every_order_of_two_tasks()
    {
        var orders = new SortedSet<string>(StringComparer.Ordinal);
        for (ulong seed = 0; seed < 300; seed++)
            orders.Add(RunPoints(new RandomStrategy(), 2, seed, names: "ab"));

        Assert.Equal(["aabb", "abab", "abba", "baab", "baba", "bbaa"], orders);
    }

    [Fact]
    public void Portfolio_uses_all_its_members()
    {
        var portfolio = (PortfolioStrategy)StrategyCatalogue.Create("portfolio", 10);
        var chosen = new SortedSet<string>(StringComparer.Ordinal);
        for (ulong seed = 0; seed < 100; seed++)
        {
            portfolio.Reset(seed);
            chosen.Add(portfolio.Chosen.Name);
        }

        Assert.Equal(["hash-pct", "pct", "random", "round-robin", "sticky"], chosen);
    }

    [Fact]
    public void Catalogue_makes_each_strategy_it_names_and_no_other()
    {
        Assert.All(StrategyCatalogue.Names, name => Assert.Equal(name, StrategyCatalogue.Create(name, 5).Name));
        Assert.Throws<ArgumentException>(() => StrategyCatalogue.Create("clever", 5));
    }

    [Fact]
    public void Recorded_draw_is_replayed_with_the_schedule()
    {
        int Drawn(ulong seed, ChoiceLog? replay)
        {
            int drawn = -1;
            _loop.Reset(seed, new FifoStrategy(), replay);
            _loop.Spawn("draws", () =>
            {
                drawn = _loop.Draw("how many", 1000);
                return Task.CompletedTask;
            });
            _loop.Run();
            return drawn;
        }

        int first = Drawn(1, replay: null);
        ChoiceLog recorded = _loop.Choices.Recorded.Copy();

        Assert.NotEqual(first, Drawn(2, replay: null));
        Assert.Equal(first, Drawn(2, recorded));
    }

    private static int Switches(string order) => order.Zip(order.Skip(1)).Count(pair => pair.First != pair.Second);

    private static ulong RoundRobinSeed(int first)
    {
        ulong seed = 0;
        while (new SeedStreams(seed).SeedOf("schedule") % 8 != (ulong)first)
            seed++;
        return seed;
    }

    private string RunPoints(
        SchedulingStrategy strategy, int steps, ulong seed = 1, ChoiceLog? replay = null, string names = "abc")
    {
        _loop.Reset(seed, strategy, replay);
        var order = new System.Text.StringBuilder();
        foreach (char name in names)
        {
            _loop.Spawn(name.ToString(), async () =>
            {
                for (int i = 0; i < steps; i++)
                {
                    order.Append(name);
                    if (i < steps - 1)
                        await _loop.Point("point");
                }
            });
        }

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        return order.ToString();
    }
}
