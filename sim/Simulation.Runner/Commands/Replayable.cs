using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary>A run that can be done again, from a token, a seed or the file of a recipe.</summary>
/// <param name="Name">What the user wrote.</param>
/// <param name="Options">The scenario.</param>
/// <param name="Choices">Decisions to take again, or null.</param>
/// <param name="FoundWith">The token it was first found with.</param>
internal sealed record Replayable(string Name, ScenarioOptions Options, ChoiceLog? Choices, string FoundWith)
{
    /// <summary>Reads what the user wrote.</summary>
    /// <param name="text">A path, token or seed; a file of that name comes first.</param>
    /// <returns>The run.</returns>
    /// <exception cref="FormatException">It is neither, or the file is no recipe.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Replayable Open(string text)
    {
        if (!File.Exists(text))
        {
            if (text.EndsWith(".json", StringComparison.Ordinal))
                throw new FileNotFoundException($"there is no file '{text}'");
            ReplayToken token = ReplayToken.Parse(text);
            return new Replayable(text, ScenarioOptions.Draw(token.Seed), token.Choices, token.ToString());
        }

        string content = File.ReadAllText(text);
        if (!content.AsSpan().TrimStart().StartsWith("{"))
            throw new FormatException(
                $"'{text}' is no recipe, which is JSON; a stream is replayed from its folder of corpus/, which says which machine it is for");
        Recipe recipe = Recipe.Parse(content);
        return new Replayable(text, recipe.Options, recipe.ToChoices(), recipe.FoundWith);
    }
}
