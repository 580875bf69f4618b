namespace Simulation.Scenarios.Checks;

/// <summary>All properties.</summary>
public static class CheckCatalogue
{
    /// <summary>The checks, the most telling first: a run is reported by the first that it violates.</summary>
    public static IReadOnlyList<ICheck> All { get; } = [];
}
