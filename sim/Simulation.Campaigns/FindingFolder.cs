using System.Globalization;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>Where a finding is kept.</summary>
/// <param name="Replay">What <c>simulate replay</c> takes to show it again: its file, or its token where the disk took no file.</param>
/// <param name="Failure">Why there is no file, or null.</param>
public sealed record KeptFinding(string Replay, string? Failure)
{
    /// <inheritdoc/>
    public override string ToString() => Failure is null ? Replay : $"{Replay}, not written: {Failure}";
}

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
    /// <returns>Where it is kept; null when there are enough of its kind. A disk that takes no file loses no finding: its token shows it
    /// again.</returns>
    public KeptFinding? Keep(CampaignCase given, CampaignFinding finding, string? choices = null)
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
    /// <returns>Where it is kept.</returns>
    public KeptFinding KeepSmallest(CampaignFinding finding, Recipe smallest) => Write(finding, "-small", smallest);

    // Write to a temporary name and rename, so that a file with the final name is complete.
    private KeptFinding Write(CampaignFinding finding, string suffix, Recipe recipe)
    {
        string file = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{recipe.Check}-{finding.Seed:x}{suffix}.json"));
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(file + ".new", recipe.ToJson());
            File.Move(file + ".new", file, overwrite: true);
            return new(file, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(recipe.FoundWith, error.Message);
        }
    }
}
