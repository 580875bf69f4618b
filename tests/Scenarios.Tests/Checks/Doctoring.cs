using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks;

/// <summary>A run that goes well, and a lie about it that one check must not believe.</summary>
/// <param name="Check">The check.</param>
/// <param name="Lie">What is claimed of the run, a clause that is unique within the check.</param>
/// <param name="Scenario">The run.</param>
/// <param name="Tell">Changes what was seen and returns what the check has to say about it, numbers included.</param>
internal sealed record Doctoring(string Check, string Lie, ScenarioOptions Scenario, Func<RunObservation, string> Tell)
{
    public static Doctoring Of<TCheck>(string lie, ScenarioOptions scenario, Func<RunObservation, string> tell)
        where TCheck : ICheck => new(typeof(TCheck).Name, lie, scenario, tell);
}

/// <summary>Judges what was seen of a run, tells the lie, and judges again. It has to do both while the run is being judged: afterwards
/// the guest's memory is gone.</summary>
internal sealed class DoctoredCheck(Doctoring doctoring) : ICheck
{
    private readonly ICheck _check = CheckCatalogue.All.Single(check => check.Name == doctoring.Check);

    public string Name => _check.Name;

    /// <summary>The verdict on the truth.</summary>
    public string? OfTheTruth { get; private set; }

    /// <summary>What the verdict on the lie has to contain.</summary>
    public string Expected { get; private set; } = "";

    public string? Judge(RunObservation run)
    {
        OfTheTruth = _check.Judge(run);
        Expected = doctoring.Tell(run);
        return _check.Judge(run);
    }
}
