using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;

namespace Company.Service;

public class StockTests
{
    [Fact]
    public void Nothing_is_sold_that_is_not_there()
    {
        SimulationLoop loop = new();
        string? finding = null;

        // Every order of the tasks with at most two departures from the plain one. The first that fails is the smallest.
        DepartureSearch.Visit(departures: 2, (ChoiceLog beginning, out ChoiceLog taken) =>
        {
            loop.Reset(seed: 1, new ContinueStrategy(), beginning);
            Stock stock = new(1, async () => await loop.Point("the warehouse is asked"));
            loop.Spawn("Ada", stock.TrySellAsync);
            loop.Spawn("Bob", stock.TrySellAsync);
            RunReport report = loop.Run();
            taken = loop.Choices.Recorded;
            if (report.Outcome == RunOutcome.Completed && stock.Pieces >= 0)
                return taken.Count;
            finding = $"{stock.Pieces} pieces are left by the decisions {taken.Format()}: {report}";
            return -1;
        });
        Assert.Null(finding);
    }
}
