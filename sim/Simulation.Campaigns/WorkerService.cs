using Simulation.Engine.Choices;
using Simulation.Scenarios.Checks;

namespace Simulation.Campaigns;

/// <summary>The worker's side of a <see cref="ProcessWorker"/>: does what it is asked until nobody asks any more.</summary>
public static class WorkerService
{
    /// <summary>The first answer: whatever takes its time before the first run has been done.</summary>
    internal const byte Ready = 0;

    /// <summary>Asks for runs: how many, then the cases.</summary>
    internal const byte AskRuns = 1;

    /// <summary>Asks for a case to be made small: the case, then how many runs that may take.</summary>
    internal const byte AskShrinking = 2;

    /// <summary>An answer: a run of shrinking begins.</summary>
    internal const byte Beat = 1;

    /// <summary>An answer: shrinking has ended; the recipe's JSON or nothing follows.</summary>
    internal const byte Done = 2;

    /// <summary>Serves. All that crosses is made of the platform's types, so that a world with another destination can do it.</summary>
    /// <param name="requests">Requests come here.</param>
    /// <param name="answers">Answers go there, each at once.</param>
    /// <param name="twicePercent">How many of a hundred runs are done twice.</param>
    /// <param name="isGuided">Whether the campaign wants to know what was new in a run.</param>
    public static void Serve(Stream requests, Stream answers, int twicePercent, bool isGuided)
    {
        using BinaryReader reader = new(requests);
        using BinaryWriter writer = new(new BufferedStream(answers));
        using CampaignWorker worker = new(CheckCatalogue.All, new DeterminismGate(Ratio.Percent(twicePercent)), isGuided);
        writer.Write(Ready);
        writer.Flush();
        while (requests.ReadByte() is >= 0 and var asked)
        {
            if (asked == AskRuns)
                Run(worker, reader, writer);
            else
                Shrink(worker, reader, writer);
        }
    }

    private static void Run(CampaignWorker worker, BinaryReader reader, BinaryWriter writer)
    {
        CampaignCase[] cases = new CampaignCase[reader.ReadInt32()];
        for (int i = 0; i < cases.Length; i++)
            cases[i] = RunCodec.ReadCase(reader);
        foreach (CampaignCase given in cases)
        {
            // Flush now: a run that kills this process would lose buffered lines.
            RunCodec.Write(writer, worker.Run(given));
            writer.Flush();
        }
    }

    private static void Shrink(CampaignWorker worker, BinaryReader reader, BinaryWriter writer)
    {
        CampaignCase failing = RunCodec.ReadCase(reader);
        int maximumRuns = reader.ReadInt32();
        string? smallest = worker.Shrink(failing, maximumRuns, () =>
        {
            writer.Write(Beat);
            writer.Flush();
        })?.ToJson();
        writer.Write(Done);
        RunCodec.WriteText(writer, smallest);
        writer.Flush();
    }
}
