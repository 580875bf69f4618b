using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>One property, judged on what was seen of a run.</summary>
public interface ICheck
{
    /// <summary>The property's name: the class's.</summary>
    public string Name => GetType().Name;

    /// <summary>Judges a run.</summary>
    /// <param name="run">What was seen of it.</param>
    /// <returns>What violates the property, one sentence, or null.</returns>
    public string? Judge(RunObservation run);
}
