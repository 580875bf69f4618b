using System.CommandLine;
using System.Runtime.InteropServices;
using Simulation.Runner.Campaigns;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate worker</c>: what a campaign starts to have its runs done; no user does.</summary>
internal sealed class WorkerCommand : Command
{
    private readonly Option<int> _twice = new("--twice");
    private readonly Option<string?> _bug = new("--bug");

    /// <summary>Makes the command.</summary>
    public WorkerCommand()
        : base(CampaignWorkers.Verb, "Do the runs of a campaign.")
    {
        Hidden = true;
        Options.Add(_twice);
        Options.Add(_bug);
        SetAction(Serve);
    }

    private int Serve(ParseResult result)
    {
        // Ctrl-C at a terminal reaches us too. The campaign ends us, or its end does.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        using Stream requests = Console.OpenStandardInput();
        using Stream answers = Console.OpenStandardOutput();
        try
        {
            new CampaignWorkers(result.GetValue(_twice), result.GetValue(_bug), AreThreads: false).Serve(requests, answers);
        }
        catch (IOException)
        {
            // The campaign is gone, and nobody wants the rest.
        }

        return ExitCode.Passed;
    }
}
