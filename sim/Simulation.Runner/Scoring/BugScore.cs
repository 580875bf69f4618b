using System.Globalization;
using Simulation.PlantedBugs;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Scoring;

/// <summary>One campaign that found a bug.</summary>
/// <param name="Seeds">How many runs it took, the last one included.</param>
/// <param name="Elapsed">Processor time.</param>
/// <param name="Seed">The seed that showed it.</param>
/// <param name="Check">The property that was violated.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Schedules">Where a model of schedules showed it and no simulated run: which, in which host; null otherwise. The seed is
/// then the schedule's.</param>
/// <param name="Stream">Where a stream of the corpus showed it: which; null otherwise.</param>
internal sealed record BugFinding(
    long Seeds, TimeSpan Elapsed, ulong Seed, string Check, string Message, ModelInHost? Schedules = null, CorpusStream? Stream = null)
{
    /// <summary>Whether a simulated run showed it.</summary>
    public bool IsSimulated => Schedules is null && Stream is null;
}

/// <summary>A stream of the corpus.</summary>
/// <param name="File">Its path.</param>
/// <param name="Records">Page records in it.</param>
internal sealed record CorpusStream(string File, long Records);

/// <summary>A model of schedules in a host.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Host"><c>own</c> or <c>coyote</c>.</param>
internal sealed record ModelInHost(string Model, string Host);

/// <summary>A shrunk case.</summary>
/// <param name="RecipeJson">The case.</param>
/// <param name="Records">Page records in its streams.</param>
/// <param name="Decisions">Decisions of its schedule other than going on with the current task.</param>
internal sealed record ShrunkBug(string RecipeJson, long Records, int Decisions);

/// <summary>What came of looking for one bug.</summary>
/// <param name="Bug">The bug.</param>
/// <param name="Campaigns">How many campaigns were made.</param>
/// <param name="Findings">Those that found it, in their order.</param>
/// <param name="Shrunk">The finding that is shown, made small; null where nothing was found.</param>
/// <param name="Trouble">What kept the harness from looking: it could not be planted, a run hung or ran out of memory; or null.</param>
internal sealed record BugScore(
    PlantedBug Bug, int Campaigns, IReadOnlyList<BugFinding> Findings, ShrunkBug? Shrunk, string? Trouble)
{
    /// <summary>Whether more than half of the campaigns found it.</summary>
    public bool IsFound => Findings.Count * 2 > Campaigns;

    /// <summary>Whether it is as it should be: found, or not found and known for it.</summary>
    public bool IsAsExpected => Trouble is null && IsFound == (Bug.BlindSpot is null);

    /// <summary>The finding that is shown: the first that a simulated run made, else the first.</summary>
    public BugFinding? Shown => Findings.FirstOrDefault(finding => finding.IsSimulated) ?? Findings.FirstOrDefault();

    /// <summary>The command that shows it; null where nothing was found.</summary>
    public string? ShownBy => Shown switch
    {
        null => null,
        { Schedules: { } schedules, Seed: var seed } => string.Create(
            CultureInfo.InvariantCulture,
            $"simulate schedules --host {schedules.Host} --model {schedules.Model} --seed {seed} --bug {Bug.Id}"),
        { Stream.File: { } file } => $"simulate replay {file} --bug {Bug.Id}",
        { Seed: var seed } => $"simulate replay {new ReplayToken(seed)} --bug {Bug.Id}",
    };

    /// <summary>Runs to find it, the median of the campaigns.</summary>
    public long MedianSeeds => Median(f => f.Seeds);

    /// <summary>Processor time to find it, the median of the campaigns.</summary>
    public TimeSpan MedianElapsed => TimeSpan.FromTicks(Median(f => f.Elapsed.Ticks));

    /// <summary>The property that showed it most often.</summary>
    public string? Check => Findings.CountBy(f => f.Check).OrderByDescending(c => c.Value)
        .ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key).FirstOrDefault();

    /// <summary>Whether the shrunk case is as small as it has to be.</summary>
    public bool IsSmall => Shrunk is { Records: <= ScoreLimits.SmallCase, Decisions: <= ScoreLimits.SmallCase };

    // A campaign that found nothing took longer than any that did.
    private long Median(Func<BugFinding, long> value)
    {
        long[] sorted = [.. Findings.Select(value).Order()];
        int middle = (Campaigns - 1) / 2;
        return middle < sorted.Length ? sorted[middle] : long.MaxValue;
    }
}
