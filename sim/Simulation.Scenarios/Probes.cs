using Simulation.Engine.Probes;

namespace Simulation.Scenarios;

/// <summary>The situations that a campaign must have met.</summary>
public static class Probes
{
    /// <summary>All probes.</summary>
    public static ProbeCatalogue Catalogue { get; } = new();
}
