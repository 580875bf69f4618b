using System.Globalization;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>Keeps findings on disk from the moment they are made: one recipe a file, of each property the first few.</summary>
/// <param name="path">The folder; made with the first finding.</param>
public sealed class FindingFolder(string path)
{
    private const int MostOfOneCheck = 20;
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Writes a finding down.</summary>
    /// <param name="given">The case that showed it.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="choices">The decisions that its run took, so that the file replays it whatever becomes of the strategies; null where
    /// they are not known.</param>
    /// <returns>Where it is kept; null when there are enough of its kind. A disk that takes no file loses no finding: then the token that
    /// shows it again is returned in place of the file.</returns>
    public string? Keep(CampaignCase given, CampaignFinding finding, string? choices = null)
    {
        ArgumentNullException.ThrowIfNull(given);
        Recipe recipe = given.ToRecipe(finding, choices);
        int count = _counts.GetValueOrDefault(recipe.Check);
        if (count == MostOfOneCheck)
            return null;
        _counts[recipe.Check] = count + 1;
        return Write(finding, "", recipe);
    }

    /// <summary>Writes the smallest case of a finding down, beside the finding.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="smallest">The case.</param>
    /// <returns>Where it is kept, or its token when the disk takes no file.</returns>
    public string KeepSmallest(CampaignFinding finding, Recipe smallest) => Write(finding, "-small", smallest);

    // Write to a temporary name and rename, so that a file with the final name is complete.
    private string Write(CampaignFinding finding, string suffix, Recipe recipe)
    {
        string file = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{recipe.Check}-{finding.Seed:x}{suffix}.json"));
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(file + ".new", recipe.ToJson());
            File.Move(file + ".new", file, overwrite: true);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{recipe.FoundWith}, not written: {error.Message}";
        }
    }
}
