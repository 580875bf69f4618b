using Simulation.Scenarios.Shrinking;

namespace Simulation.Campaigns;

/// <summary>A worker in a process of its own: a run that ends its process is seen from here, and the campaign goes on with a new
/// one.</summary>
/// <param name="pipe">The process: it calls <see cref="WorkerService.Serve"/>.</param>
public sealed class ProcessWorker(WorkerPipe pipe) : ICampaignWorker
{
    /// <inheritdoc/>
    public IEnumerable<JudgedRun> Run(IReadOnlyList<CampaignCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        pipe.Ask(requests =>
        {
            requests.Write(WorkerService.AskRuns);
            requests.Write(cases.Count);
            foreach (CampaignCase given in cases)
                RunCodec.Write(requests, given);
        });
        for (int i = 0; i < cases.Count; i++)
            yield return pipe.Answer(RunCodec.ReadRun);
    }

    /// <inheritdoc/>
    public Recipe? Shrink(CampaignCase failing, int maximumRuns, Action beat)
    {
        ArgumentNullException.ThrowIfNull(beat);
        pipe.Ask(requests =>
        {
            requests.Write(WorkerService.AskShrinking);
            RunCodec.Write(requests, failing);
            requests.Write(maximumRuns);
        });
        while (pipe.Answer(answers => answers.ReadByte()) == WorkerService.Beat)
            beat();
        return pipe.Answer(RunCodec.ReadText) is { } json ? Recipe.Parse(json) : null;
    }

    /// <inheritdoc/>
    public bool TryEnd()
    {
        pipe.End();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => pipe.Dispose();
}
