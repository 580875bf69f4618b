using Simulation.Scenarios.Campaigns;

namespace Simulation.Runner.Campaigns;

/// <summary>Hears of each run of a campaign as it ends; called by one thread at a time.</summary>
internal interface ICampaignObserver
{
    /// <summary>A run was judged.</summary>
    /// <param name="run">The run; not to be kept.</param>
    /// <param name="wall">How long it took, when it was done twice both together.</param>
    /// <param name="tally">All runs so far, this one included.</param>
    public void Judged(JudgedRun run, TimeSpan wall, CampaignTally tally);

    /// <summary>A run ended in an exception of the harness.</summary>
    /// <param name="finding">The seed and what was thrown.</param>
    /// <param name="tally">All runs so far, this one included.</param>
    public void Crashed(Finding finding, CampaignTally tally);
}
