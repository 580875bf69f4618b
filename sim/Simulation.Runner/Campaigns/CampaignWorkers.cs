using System.Globalization;
using Simulation.Campaigns;
using Simulation.Engine.Choices;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.Scenarios.Checks;

namespace Simulation.Runner.Campaigns;

/// <summary>The workers of a campaign: processes of this program, so that a run that kills its process is a finding as any other; or
/// threads of this one.</summary>
/// <param name="TwicePercent">How many of a hundred runs are done twice.</param>
/// <param name="Bug">The bug that is planted in the destination, or null.</param>
/// <param name="AreThreads">Whether they are threads.</param>
/// <param name="AreGuided">Whether they say what was new in a run.</param>
internal sealed record CampaignWorkers(int TwicePercent, string? Bug, bool AreThreads, bool AreGuided)
{
    /// <summary>The command that a worker's process runs.</summary>
    public const string Verb = "worker";

    /// <summary>Makes a worker.</summary>
    /// <returns>The worker.</returns>
    public ICampaignWorker Open() => AreThreads
        ? new CampaignWorker(CheckCatalogue.All, new DeterminismGate(Ratio.Percent(TwicePercent)), AreGuided)
        : new ProcessWorker(OwnProcess.Start(
        [
            Verb, "--twice", TwicePercent.ToString(CultureInfo.InvariantCulture),
            .. Bug is null ? (string[])[] : ["--bug", Bug], .. AreGuided ? (string[])["--guided"] : [],
        ]));

    /// <summary>Serves a campaign as one of its workers, until it asks for nothing any more.</summary>
    /// <param name="requests">Its requests.</param>
    /// <param name="answers">Answers to it.</param>
    public void Serve(Stream requests, Stream answers)
    {
        Action<Stream, Stream, int, bool> serve = WorkerService.Serve;
        using PlantedWorld? world = Bug is null ? null : new(new DestinationCompiler().Compile(BugCatalogue.Find(Bug)!), Bug);
        (world?.Bind(serve) ?? serve)(requests, answers, TwicePercent, AreGuided);
    }
}
