using Simulation.Engine.Probes;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios;

/// <summary>Finds in what was seen of a run the situations that occurred.</summary>
internal static class ProbeSpotter
{
    public static void Spot(RunObservation run, ProbeCounts probes)
    {
        _ = run;
        _ = probes;
    }
}
