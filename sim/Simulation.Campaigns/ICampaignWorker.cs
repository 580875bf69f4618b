using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>Runs cases one after another for one lane of a campaign: in this process (<see cref="CampaignWorker"/>) or in one of its own
/// (<see cref="ProcessWorker"/>).</summary>
public interface ICampaignWorker : IDisposable
{
    /// <summary>Runs cases.</summary>
    /// <param name="cases">The cases.</param>
    /// <returns>The runs in the order of their cases, each as soon as it is done.</returns>
    /// <exception cref="WorkerLostException">The process died; of the case that killed it and those behind it there are no runs.</exception>
    public IEnumerable<JudgedRun> Run(IReadOnlyList<CampaignCase> cases);

    /// <summary>Makes a case small that did not pass.</summary>
    /// <param name="failing">The case.</param>
    /// <param name="maximumRuns">How many runs it may take.</param>
    /// <param name="beat">Called before each of them.</param>
    /// <returns>The smallest case that shows the same; null when the case passes.</returns>
    /// <exception cref="WorkerLostException">The process died.</exception>
    public Recipe? Shrink(CampaignCase failing, int maximumRuns, Action beat);

    /// <summary>Ends a run that takes far too long, from another thread.</summary>
    /// <returns>Whether it has been ended; otherwise the thread that waits for it is lost.</returns>
    public bool TryEnd();
}
