using System.Text.Json.Nodes;
using Simulation.Conformance.UnderTest;
using Simulation.Scenarios.Options;

namespace Simulation.Conformance.Drawn;

/// <summary>The source of a drawn case, and whoever else connects.</summary>
/// <param name="script">What happens beside the bytes.</param>
internal sealed class DrawnSource(DrawnScript script)
{
    /// <summary>Connects and sends.</summary>
    /// <param name="trial">The trial.</param>
    public async Task PlayAsync(ProcessTrial trial)
    {
        if (script.TriesBadAddress)
            await FaultySources.TryBadAddressAsync(trial);
        try
        {
            await trial.ListenAsync();
        }
        catch (InvalidOperationException refusal) when (script.TriesBadAddress)
        {
            trial.Refusals.Add($"the second migrate-incoming: {refusal.Message}");
            return;
        }

        if (trial.Case.IsFile)
            return;
        await MeetAsync(trial, script.Before);
        if (script.Before.Count > 0)
            await trial.LookBehindStrangersAsync();
        if (trial.Case.Log is not null)
            await trial.SendAsync(endsAll: true);
        else
            await SendAsync(trial);
    }

    private async Task SendAsync(ProcessTrial trial)
    {
        IReadOnlyList<RefereeConnection> connections = trial.Case.Connections;
        Queue<int>[] stalls = [.. connections.Select((_, number) => new Queue<int>(StallsOf(number)))];
        int[] sent = new int[connections.Count];
        for (bool isFirst = true; isFirst || stalls.Any(left => left.Count > 0); isFirst = false)
        {
            bool stands = stalls.Any(left => left.Count > 0);
            for (int number = 0; number < connections.Count; number++)
            {
                if (isFirst)
                    await trial.ConnectAsync(number);
                SendTo(number, stalls[number].TryDequeue(out int bytes) ? bytes : connections[number].Bytes.Length);
            }

            if (stands)
                await trial.AnswersAsync(SentenceFor(sent, connections));
            if (script.IsAwkward && sent[script.Main] < connections[script.Main].Bytes.Length)
                await ProvokeAsync(trial);
            if (isFirst)
                await MeetAsync(trial, script.Beside);
        }

        for (int number = 0; number < connections.Count; number++)
            SendTo(number, connections[number].Bytes.Length);

        // A channel that ends before the others have come may be taken for one that has gone.
        if (trial.Case.HasChannels)
            await trial.Process.Quiescence.SettlesAsync();
        foreach (int number in script.Ends)
            trial[number]?.End();

        void SendTo(int number, int bytes)
        {
            trial[number]?.Send(bytes - sent[number]);
            sent[number] = bytes;
        }
    }

    private IEnumerable<int> StallsOf(int number) => script.Stalls.Where(stall => stall.Connection == number).Select(stall => stall.Bytes);

    private static string SentenceFor(int[] sent, IReadOnlyList<RefereeConnection> connections)
    {
        int number = Enumerable.Range(0, sent.Length).FirstOrDefault(i => sent[i] < connections[i].Bytes.Length);
        return $"while connection {number} stands still behind {sent[number]} of {connections[number].Bytes.Length} bytes";
    }

    // Main has not said everything, so that the guest cannot have started.
    private static async Task ProvokeAsync(ProcessTrial trial)
    {
        await trial.CommandAsync("migrate-incoming", new JsonObject { ["uri"] = $"unix:{trial.Process.SocketPathOf(0)}" }, isRefused: true);
        await trial.CommandAsync("stop", arguments: null, isRefused: false);
        if (trial.Case.Autostart)
            await trial.CommandAsync("cont", arguments: null, isRefused: false);
    }

    private static async Task MeetAsync(ProcessTrial trial, IReadOnlyList<DrawnStranger> strangers)
    {
        foreach (DrawnStranger stranger in strangers)
        {
            DestinationConnection? connection = await trial.MeetStrangerAsync(stranger.Bytes);
            if (stranger.Kind == StrangerKind.Closes && connection is not null)
                await connection.CloseAsync();
            else if (stranger.Kind != StrangerKind.Idles)
                connection?.End();
            await trial.AnswersAsync($"behind a stranger that {Verb(stranger)}");
        }
    }

    private static string Verb(DrawnStranger stranger) => stranger.Kind switch
    {
        StrangerKind.Closes => "closes at once",
        StrangerKind.Idles => $"has sent {stranger.Bytes.Length} bytes and stays",
        StrangerKind.Imitates => "begins as a source",
        StrangerKind.ComesLate => "says that it is a multifd channel",
        _ => $"has sent {stranger.Bytes.Length} bytes of no migration",
    };
}
