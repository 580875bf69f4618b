using System.CommandLine;
using Simulation.Runner.Campaigns;
using Simulation.Runner.Scoring;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate worker</c>: what a campaign or a score starts to have its runs done; no user does.</summary>
internal sealed class WorkerCommand : Command
{
    private readonly Option<int> _twice = new("--twice");
    private readonly Option<string?> _bug = new("--bug");
    private readonly Option<bool> _guided = new("--guided");
    private readonly Option<string?> _score = new("--score");

    /// <summary>Makes the command.</summary>
    public WorkerCommand()
        : base(CampaignWorkers.Verb, "Do the runs of a campaign or of a score.")
    {
        Hidden = true;
        Options.Add(_twice);
        Options.Add(_bug);
        Options.Add(_guided);
        Options.Add(_score);
        SetAction(result => OwnProcess.Serve(result.GetValue(_score) is { } score
            ? ScoreService.Parse(score).Serve
            : new CampaignWorkers(result.GetValue(_twice), result.GetValue(_bug), AreThreads: false, result.GetValue(_guided)).Serve));
    }
}
