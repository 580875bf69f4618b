using System.Globalization;
using Simulation.Engine.Choices;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Scenarios.Tokens;

/// <summary>The fingerprint that <see cref="ScenarioOptions.Generator"/> has to be.</summary>
public static class GeneratorFingerprint
{
    private const int Seeds = 512;

    /// <summary>Hashes what is drawn of the first seeds. Takes too long for each token.</summary>
    /// <returns>Four hexadecimal digits.</returns>
    public static string Compute()
    {
        ulong hash = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
            hash = StableHash.Combine(hash, StableHash.OfText(Recipe.Essence(ScenarioOptions.Draw(seed))));
        return (hash >> 48).ToString("x4", CultureInfo.InvariantCulture);
    }
}
