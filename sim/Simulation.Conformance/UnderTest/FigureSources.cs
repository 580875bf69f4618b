using System.Text.Json.Nodes;

namespace Simulation.Conformance.UnderTest;

/// <summary>Sources that migrate while somebody asks for the figures all along.</summary>
internal static class FigureSources
{
    private const int MostReplies = 20_000;
    private const int MostLooks = 20;

    // So long that a total time with the setup in it, or one of 0, is wrong beyond doubt.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A source that stands still in the middle of main, where the figures are looked at, and goes on.</summary>
    public static async Task StandsStill(ProcessTrial trial)
    {
        FigureLog log = trial.Figures;
        IReadOnlyList<RefereeConnection> connections = trial.Case.Connections;
        await trial.ListenAsync();
        log.Listened = log.Now;
        await Task.Delay(Pause);
        log.Connecting = log.Now;
        for (int i = 0; i < connections.Count; i++)
            await trial.ConnectAsync(i);
        log.SentBytes = connections[0].Bytes.Length / 2;
        for (int i = 0; i < connections.Count; i++)
            trial[i]?.Send(i == 0 ? log.SentBytes : connections[i].Bytes.Length);
        await LookAsync(trial);
        await Task.Delay(Pause);
        log.WentOn = log.Now;
        trial[0]?.Send(connections[0].Bytes.Length);
        trial[0]?.End();
        await PollAsync(trial);
    }

    /// <summary>A source that does not stand still: it is lost and comes back, or it is a file.</summary>
    public static async Task GoesOn(ProcessTrial trial)
    {
        FigureLog log = trial.Figures;
        log.Listened = log.Connecting = log.Now;
        await trial.SendAllAsync(endsAll: false);
        await PollAsync(trial);
    }

    // Until two replies are alike: what has been sent has been read then.
    private static async Task LookAsync(ProcessTrial trial)
    {
        string before = "";
        if (trial[0] is { } main)
            await trial.Process.Quiescence.OutlastsAsync(main.Sent);
        for (int look = 0; look < MostLooks; look++)
        {
            await trial.Process.Quiescence.SettlesAsync();
            if (await trial.AskAsync() is not { } reply)
                return;
            if ((string?)reply["status"] != "setup")
                trial.Figures.WasActive ??= trial.Figures.Now;
            trial.Figures.Active = reply;
            string now = $"{reply["ram"]?["transferred"]} {reply["ram"]?["normal"]} {reply["ram"]?["duplicate"]}";
            if (now == before && trial.Figures.WasActive is not null)
                return;
            before = now;
        }
    }

    // Without a pause, so that a status that is published before its figures has its chance.
    private static async Task PollAsync(ProcessTrial trial)
    {
        for (int i = 0; i < MostReplies; i++)
        {
            if (await trial.AskAsync() is not { } reply)
                return;
            if ((string?)reply["status"] is not ("completed" or "failed"))
                continue;
            trial.Figures.FirstFinal = reply;
            trial.Figures.Ended = trial.Figures.Now;
            return;
        }
    }
}
