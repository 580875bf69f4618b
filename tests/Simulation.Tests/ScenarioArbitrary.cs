using FsCheck;
using FsCheck.Fluent;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests;

/// <summary>Scenarios for properties, drawn and made smaller as a campaign does it: a counterexample names its seed.</summary>
public static class ScenarioArbitrary
{
    public static Arbitrary<ScenarioOptions> Scenario() => Arb.From(
        ArbMap.Default.GeneratorFor<ulong>().Select(ScenarioOptions.Draw), ScenarioSimplifications.Of);
}
