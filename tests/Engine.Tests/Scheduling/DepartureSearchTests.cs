using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;

namespace Engine.Tests.Scheduling;

public sealed class DepartureSearchTests
{
    // By hand, for tasks of two steps: AABB has none; ABBA (B goes on) and BBAA have one; ABAB and BAAB two; BABA three.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 5)]
    [InlineData(3, 6)]
    [InlineData(9, 6)]
    public void Each_schedule_of_two_tasks_with_two_steps_is_visited_once(int departures, int expected)
    {
        List<string> orders = Orders(departures, tasks: 2, steps: 2);
        Assert.Equal(expected, orders.Count);
        Assert.Equal(expected, orders.Distinct().Count());
    }

    [Theory]
    [InlineData(2, 3, 20)]
    [InlineData(3, 2, 90)]
    [InlineData(2, 4, 70)]
    public void With_departures_enough_every_order_there_is_was_visited_once(int tasks, int steps, int orders)
    {
        List<string> visited = Orders(100, tasks, steps);
        Assert.Equal(orders, visited.Count);
        Assert.Equal(orders, visited.Distinct().Count());
    }

    [Fact]
    public void Schedules_with_fewer_departures_come_first()
    {
        List<int> counts = [];
        Run(3, 3, 2, (log, _) => counts.Add(log.AsSpan().ToArray().Count(choice => choice.Value != 0)));
        Assert.Equal(counts.Order(), counts);
        Assert.Equal(3, counts.Max());
    }

    [Fact]
    public void Search_ends_when_it_is_told_to()
    {
        int runs = 0;
        bool isComplete = DepartureSearch.Visit(2, (ChoiceLog beginning, out ChoiceLog taken) =>
        {
            taken = beginning;
            return ++runs == 1 ? -1 : 0;
        });
        Assert.False(isComplete);
        Assert.Equal(1, runs);
    }

    private static List<string> Orders(int departures, int tasks, int steps)
    {
        List<string> orders = [];
        Run(departures, tasks, steps, (_, order) => orders.Add(order));
        return orders;
    }

    private static void Run(int departures, int tasks, int steps, Action<ChoiceLog, string> visited)
    {
        SimulationLoop loop = new();
        ContinueStrategy strategy = new();
        bool isComplete = DepartureSearch.Visit(departures, (ChoiceLog beginning, out ChoiceLog taken) =>
        {
            string order = "";
            loop.Reset(0, strategy, beginning);
            for (int number = 0; number < tasks; number++)
            {
                char name = (char)('A' + number);
                loop.Spawn(name.ToString(), async () =>
                {
                    order += name;
                    for (int step = 1; step < steps; step++)
                    {
                        await loop.Point("step");
                        order += name;
                    }
                });
            }

            Assert.Equal(RunOutcome.Completed, loop.Run().Outcome);
            taken = loop.Choices.Recorded;
            visited(taken, order);
            return taken.Count;
        });
        Assert.True(isComplete);
    }
}
