using System.Globalization;
using Simulation.Engine.Choices;

namespace Simulation.Scenarios.Tokens;

/// <summary>
/// One line that replays a run whole: <c>v2-GENERATOR-SEED</c>. GENERATOR is <see cref="ScenarioOptions.Generator"/>. SEED is 16
/// hexadecimal digits: scenario, faults and schedule are drawn from it. <c>v2-GENERATOR-SEED-CHOICES</c> also has scheduling decisions
/// that were taken by hand, as <see cref="ChoiceLog.FormatValues"/> writes them: "0x17,2,0x4" is "go on with the current task" seventeen
/// times, then the second other task, then "go on" four times.
/// </summary>
/// <remarks>A token of another generator is refused: there the seed is another run. A <see cref="Shrinking.Recipe"/> holds the scenario
/// itself and outlives that.</remarks>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Choices">The decisions taken by hand, from the first; null where the seed decides all. Not to be changed.</param>
public sealed record ReplayToken(ulong Seed, ChoiceLog? Choices = null)
{
    private const string Version = "2";
    private const int SeedDigits = 16;

    /// <summary>Reads a token. A bare seed, decimal or with 0x, will do too.</summary>
    /// <param name="text">The token.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="FormatException">The text is no token; the message says in one sentence why.</exception>
    public static ReplayToken Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (TryParseSeed(text, out ulong bare))
            return new ReplayToken(bare);
        string[] parts = text.Split('-', 4);
        if (parts.Length < 2 || parts[0].Length < 2 || parts[0][0] != 'v' || parts[0].AsSpan(1).ContainsAnyExceptInRange('0', '9'))
            throw new FormatException($"'{text}' is no token: a token reads {new ReplayToken(7)}, perhaps with decisions behind it.");
        string generator = parts[0][1..] == Version ? parts[1] : parts[0];
        if (generator != ScenarioOptions.Generator)
            throw new FormatException(OfAnother(text, generator));
        if (parts.Length < 3 || parts[2].Length != SeedDigits
            || !ulong.TryParse(parts[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong seed))
            throw new FormatException($"'{text}' has no seed: a token's seed has {SeedDigits} hexadecimal digits.");
        return new ReplayToken(seed, parts.Length == 3 ? null : ParseChoices(parts[3]));
    }

    /// <summary>Reads a seed as people write it: decimal, or hexadecimal behind 0x.</summary>
    /// <param name="text">The digits.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseSeed(string text, out ulong seed)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out seed)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed);
    }

    /// <summary>The token as text.</summary>
    /// <returns>What <see cref="Parse"/> reads; nothing in it needs quoting in a shell.</returns>
    public override string ToString()
    {
        string seed = string.Create(CultureInfo.InvariantCulture, $"v{Version}-{ScenarioOptions.Generator}-{Seed:x16}");
        return Choices is null ? seed : $"{seed}-{Choices.FormatValues()}";
    }

    private static string OfAnother(string text, string generator) =>
        $"'{text}' was printed by generator {generator}; this build is generator {ScenarioOptions.Generator}, which draws another run from "
        + "the same seed. Replay the case that was stored with the finding (in artifacts/findings or corpus/regressions), or use the build "
        + "that printed the token.";

    private static ChoiceLog ParseChoices(string text)
    {
        try
        {
            return ChoiceLog.Parse(text);
        }
        catch (FormatException error)
        {
            throw new FormatException($"The token's choices cannot be read: {error.Message}.", error);
        }
    }
}
