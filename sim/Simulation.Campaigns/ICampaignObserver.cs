using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>Hears of each run of a campaign as it ends; called by one thread at a time.</summary>
public interface ICampaignObserver
{
    /// <summary>A run was judged.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isShrunk">Whether it did not pass and <see cref="Shrunk"/> follows.</param>
    /// <param name="tally">All runs so far, this one included.</param>
    public void Judged(JudgedRun run, bool isShrunk, CampaignTally tally);

    /// <summary>A run that did not pass was shrunk.</summary>
    /// <param name="finding">What it showed.</param>
    /// <param name="smallest">The smallest case that shows the same; null when there was no making it smaller.</param>
    public void Shrunk(CampaignFinding finding, Recipe? smallest);

    /// <summary>A run ended in an exception of the harness.</summary>
    /// <param name="finding">The seed and what was thrown.</param>
    /// <param name="tally">All runs so far, this one included.</param>
    public void Crashed(CampaignFinding finding, CampaignTally tally);
}
