using System.Globalization;
using Simulation.Scenarios;
using Simulation.Scenarios.Campaigns;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Campaigns;

/// <summary>Keeps findings on disk from the moment they are made: one recipe a file, of each property the first few.</summary>
/// <param name="path">The folder; made with the first finding.</param>
internal sealed class FindingFolder(string path)
{
    private const int MostOfOneCheck = 20;
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Writes a finding down.</summary>
    /// <param name="finding">The finding.</param>
    /// <returns>Where it is kept; null when there are enough of its kind. A disk that takes no file loses no finding: then the token that
    /// shows it again is returned in place of the file.</returns>
    public string? Keep(Finding finding)
    {
        string check = finding.Check ?? Recipe.HarnessCheck;
        int count = _counts.GetValueOrDefault(check);
        if (count == MostOfOneCheck)
            return null;
        _counts[check] = count + 1;
        Recipe recipe = new()
        {
            Check = check,
            Message = finding.Message,
            FoundWith = new ReplayToken(finding.Seed).ToString(),
            Options = ScenarioOptions.Draw(finding.Seed),
        };
        string file = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{check}-{finding.Seed:x}.json"));
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(file, recipe.ToJson());
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{recipe.FoundWith}, not written: {error.Message}";
        }
    }
}
