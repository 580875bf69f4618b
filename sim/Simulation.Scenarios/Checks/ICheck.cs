using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>One property, judged on what was seen of a run.</summary>
public interface ICheck
{
    /// <summary>The property's name: the class's.</summary>
    public string Name => GetType().Name;

    /// <summary>Whether a run has what this check judges. A campaign says which checks never had anything to judge.</summary>
    /// <param name="run">What was seen of it.</param>
    /// <returns>False when <see cref="Judge"/> could only find nothing.</returns>
    public bool AppliesTo(RunObservation run) => true;

    /// <summary>Judges a run.</summary>
    /// <param name="run">What was seen of it.</param>
    /// <returns>What violates the property, one sentence, or null.</returns>
    public string? Judge(RunObservation run);
}
