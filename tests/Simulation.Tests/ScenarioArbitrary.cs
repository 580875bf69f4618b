using FsCheck;
using FsCheck.Fluent;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests;

/// <summary>Scenarios for properties, drawn and made smaller as a campaign does it: a counterexample names its seed.</summary>
public static class ScenarioArbitrary
{
    /// <summary>Where the draws begin, so that a test is the same test every time; fresh seeds are the campaigns' work.</summary>
    public const string Replay = "2025,11";

    public static Arbitrary<ScenarioOptions> Scenario() => Arb.From(
        ArbMap.Default.GeneratorFor<DoNotSize<ulong>>().Select(seed => ScenarioOptions.Draw(seed.Item)), ScenarioSimplifications.Of);
}
