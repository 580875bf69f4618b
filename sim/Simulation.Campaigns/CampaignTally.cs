using Simulation.Engine.Probes;
using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>What a campaign has seen so far. The same runs give the same tally in whatever order they are added.</summary>
/// <param name="catalogue">The probes of the runs.</param>
/// <param name="checks">The names of the checks of the runs, in their order.</param>
public sealed class CampaignTally(ProbeCatalogue catalogue, IReadOnlyList<string> checks)
{
    private ulong _appliedChecks;

    private readonly SortedDictionary<ulong, CampaignFinding> _findings = [];

    /// <summary>Runs judged.</summary>
    public long Runs { get; private set; }

    /// <summary>Runs in which a property was violated.</summary>
    public long Violations { get; private set; }

    /// <summary>Runs in which the harness failed.</summary>
    public long HarnessFailures { get; private set; }

    /// <summary>Runs that were done twice.</summary>
    public long DoneTwice { get; private set; }

    /// <summary>Virtual time of all runs, in nanoseconds.</summary>
    public long VirtualNanoseconds { get; private set; }

    /// <summary>Steps of all runs.</summary>
    public long Steps { get; private set; }

    /// <summary>In how many runs each probe fired.</summary>
    public ProbeCounts Probes { get; } = new(catalogue);

    /// <summary>All findings, by their seeds.</summary>
    public IReadOnlyCollection<CampaignFinding> Findings => _findings.Values;

    /// <summary>Situations that must occur and did not.</summary>
    public IReadOnlyList<Probe> BlindSpots => Probes.BlindSpots();

    /// <summary>How many of the probes fired.</summary>
    public int ProbesHit => catalogue.Probes.Count - NeverOccurred.Count;

    /// <summary>All probes of the runs.</summary>
    public IReadOnlyList<Probe> AllProbes => catalogue.Probes;

    /// <summary>Situations and deviations that did not occur, rare ones too.</summary>
    public IReadOnlyList<Probe> NeverOccurred => Probes.BlindSpots(includeRare: true);

    /// <summary>The checks that no run gave anything to judge.</summary>
    public IEnumerable<string> IdleChecks => checks.Where((_, index) => (_appliedChecks >> index & 1) == 0);

    /// <summary>Adds a run.</summary>
    /// <param name="judged">The run.</param>
    public void Add(JudgedRun judged)
    {
        ArgumentNullException.ThrowIfNull(judged);
        Runs++;
        VirtualNanoseconds += judged.VirtualNanoseconds;
        Steps += judged.Steps;
        _appliedChecks |= judged.AppliedChecks;
        foreach (int probe in judged.Probes)
            Probes.Hit(catalogue.Probes[probe]);
        if (judged.WasDoneTwice)
            DoneTwice++;
        if (judged.Finding is { } finding)
            Note(finding);
    }

    private void Note(CampaignFinding finding)
    {
        if (finding.Verdict == Verdict.Violated)
            Violations++;
        else
            HarnessFailures++;
        _findings[finding.Seed] = finding;
    }
}

/// <summary>A run that did not pass.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Verdict">Whose fault it is.</param>
/// <param name="Check">The property, or null when the harness failed.</param>
/// <param name="Message">One sentence.</param>
public sealed record CampaignFinding(ulong Seed, Verdict Verdict, string? Check, string? Message);
