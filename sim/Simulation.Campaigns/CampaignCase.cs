using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Campaigns;

/// <summary>A run that a campaign does: what a seed draws, or a scenario that was made of others.</summary>
/// <param name="Seed">The seed; a scenario's own where there is one.</param>
/// <param name="Made">The scenario that was made; null for the one that the seed draws.</param>
/// <param name="Choices">Decisions that its schedule follows as far as they fit, or null.</param>
public sealed record CampaignCase(ulong Seed, ScenarioOptions? Made = null, ChoiceLog? Choices = null)
{
    /// <summary>The scenario.</summary>
    /// <returns>The one that was made, or drawn anew.</returns>
    public ScenarioOptions ToOptions() => Made ?? ScenarioOptions.Draw(Seed);

    /// <summary>The case written out, so that it can be repeated.</summary>
    /// <param name="finding">What it showed.</param>
    /// <param name="choices">The decisions that the run took; null where they are not known.</param>
    /// <returns>The recipe.</returns>
    public Recipe ToRecipe(CampaignFinding finding, string? choices)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return new()
        {
            Check = finding.Check ?? Recipe.HarnessCheck,
            Message = finding.Message,
            FoundWith = new ReplayToken(Seed).ToString(),
            Choices = choices ?? Choices?.Format(),
            Options = ToOptions(),
        };
    }
}
