using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>No bytes, no schedule and no failure of a connection make the destination throw at its host, or break an invariant.</summary>
public sealed class DestinationNeverThrows : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run) => run.Thrown is null ? null : $"the destination threw {run.Thrown}";
}
