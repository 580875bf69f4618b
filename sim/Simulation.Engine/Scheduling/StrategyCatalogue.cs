using Simulation.Engine.Choices;

namespace Simulation.Engine.Scheduling;

/// <summary>The strategies by their names.</summary>
public static class StrategyCatalogue
{
    private const int PctDepth = 3;

    /// <summary>What <see cref="Create"/> accepts.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["portfolio", "random", "sticky", "pct", "hash-pct", "round-robin", "fifo", "continue"];

    /// <summary>Makes a strategy.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="lengthInDecisions">How many decisions such a run takes, as measured; for PCT, alone or in the portfolio.</param>
    /// <returns>The strategy, to be used by one loop.</returns>
    /// <exception cref="ArgumentException">There is no such strategy.</exception>
    public static SchedulingStrategy Create(string name, int lengthInDecisions) => name switch
    {
        "portfolio" => new PortfolioStrategy(
            new RandomStrategy(), NewSticky(), new PctStrategy(PctDepth, lengthInDecisions), new HashPctStrategy(),
            new RoundRobinStrategy()),
        "random" => new RandomStrategy(),
        "sticky" => NewSticky(),
        "pct" => new PctStrategy(PctDepth, lengthInDecisions),
        "hash-pct" => new HashPctStrategy(),
        "round-robin" => new RoundRobinStrategy(),
        "fifo" => new FifoStrategy(),
        "continue" => new ContinueStrategy(),
        _ => throw new ArgumentException($"no strategy '{name}'; there are {string.Join(", ", Names)}", nameof(name)),
    };

    private static StickyStrategy NewSticky() => new(Ratio.OneIn(8));
}
