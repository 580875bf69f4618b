using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>Hears of each run of a campaign as it ends; called by one thread at a time.</summary>
public interface ICampaignObserver
{
    /// <summary>A run was judged.</summary>
    /// <param name="given">What was run.</param>
    /// <param name="run">What came of it.</param>
    /// <param name="isShrunk">Whether it did not pass and <see cref="Shrunk"/> follows.</param>
    /// <param name="tally">All runs so far, this one included.</param>
    public void Judged(CampaignCase given, JudgedRun run, bool isShrunk, CampaignTally tally);

    /// <summary>A run that did not pass was shrunk.</summary>
    /// <param name="finding">What it showed.</param>
    /// <param name="smallest">The smallest case that shows the same; null when there was no making it smaller.</param>
    public void Shrunk(CampaignFinding finding, Recipe? smallest);
}
