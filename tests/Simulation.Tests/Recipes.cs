using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests;

/// <summary>Cases made by hand.</summary>
internal static class Recipes
{
    public static Recipe Of(ScenarioOptions options, string? choices = null) => new()
    {
        Check = "Canary",
        FoundWith = new ReplayToken(options.Seed).ToString(),
        Options = options,
        Choices = choices,
    };
}
