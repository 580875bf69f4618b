using Simulation.Oracle;

namespace Simulation.Conformance.UnderTest;

/// <summary>Sources that meet a fault on their way, and whoever else connects: what a proxy between source and destination can do.</summary>
internal static class FaultySources
{
    // What a multifd channel says of itself; of main, what says that it is one.
    internal const int BeginningBytes = 64;

    private static readonly byte[] Request = [.. "GET / HTTP/1.0\r\n\r\n"u8];

    /// <summary>Sends everything and keeps its connections until the destination closes them.</summary>
    public static Task Plain(ProcessTrial trial) => trial.SendAllAsync(endsAll: false);

    /// <summary>Sends everything, ends its side at once, and reads what it is told.</summary>
    public static Task HalfCloses(ProcessTrial trial) => trial.SendAllAsync(endsAll: true);

    /// <summary>Loses its first channel, whose bytes end early, while main waits for it, and keeps the others.</summary>
    public static async Task LosesFirstChannel(ProcessTrial trial)
    {
        await trial.SendAllAsync(endsAll: false);
        await trial.Process.Quiescence.SettlesAsync();
        trial[1]?.End();
    }

    /// <summary>Stands still in the middle of a page.</summary>
    public static Task Stalls(ProcessTrial trial) => PauseAsync(
        trial, MainOf(trial).Bytes.Length / 2, t => t.AnswersAsync("while main stands still in the middle of a page"));

    /// <summary>Connects and brings so many bytes before it goes on.</summary>
    /// <param name="bytes">How many.</param>
    public static Func<ProcessTrial, Task> BeginsSlowly(int bytes) => async trial =>
    {
        await trial.ListenAsync();
        await trial.ConnectAsync(0);
        trial[0]?.Send(bytes);
        await trial.AnswersAsync($"while a connection has brought {bytes} bytes");
        await CompleteAsync(trial);
    };

    /// <summary>Waits with the end of main until everything else has been read.</summary>
    public static Task HoldsTheEnd(ProcessTrial trial)
    {
        OracleSection last = OracleTrial.Ask(trial.Case).Sections[^1];
        return PauseAsync(trial, (int)(last.Offset + last.Length), t => t.Process.Quiescence.SettlesAsync());
    }

    /// <summary>Somebody connects and goes away; then the source comes.</summary>
    public static async Task BehindPortScan(ProcessTrial trial)
    {
        await trial.ListenAsync();
        if (await trial.MeetStrangerAsync(default) is { } scan)
            await scan.CloseAsync();
        await trial.AnswersAsync("behind a connection that brought nothing");
        await trial.SendAsync(endsAll: false);
    }

    /// <summary>Somebody connects who speaks HTTP; then the source comes.</summary>
    public static async Task BehindStranger(ProcessTrial trial)
    {
        await trial.ListenAsync();
        await trial.MeetStrangerAsync(Request);
        await trial.AnswersAsync("behind a stranger's connection");
        await trial.SendAsync(endsAll: false);
    }

    /// <summary>Somebody connects when the migration is over.</summary>
    public static async Task BeforeLateStranger(ProcessTrial trial)
    {
        await trial.SendAllAsync(endsAll: false);
        await trial.Process.Quiescence.OutlastsAsync(trial.Process.Monitor.MigrationEnded);
        await trial.MeetStrangerAsync(Request);
        await trial.AnswersAsync("behind a late connection");
    }

    /// <summary>One multifd connection more than there are channels, behind them all.</summary>
    public static async Task WithSurplusChannel(ProcessTrial trial)
    {
        IReadOnlyList<RefereeConnection> connections = trial.Case.Connections;
        await trial.ListenAsync();
        for (int i = 0; i < connections.Count; i++)
        {
            await trial.ConnectAsync(i);
            trial[i]?.Send(i == 0 ? BeginningBytes : connections[i].Bytes.Length);
        }

        await trial.Process.Quiescence.SettlesAsync();
        await trial.MeetStrangerAsync(connections[1].Bytes[..BeginningBytes]);
        await trial.AnswersAsync("behind a surplus channel");
        trial[0]?.Send(connections[0].Bytes.Length);
    }

    /// <summary>A second source, while the first one's channels are not there.</summary>
    public static async Task BesideSecondSource(ProcessTrial trial)
    {
        await trial.ListenAsync();
        await trial.ConnectAsync(0);
        trial[0]?.Send(BeginningBytes);
        await trial.Process.Quiescence.SettlesAsync();
        await trial.MeetStrangerAsync(trial.Case.Connections[0].Bytes[..BeginningBytes]);
        await trial.AnswersAsync("behind a second source");
        await CompleteAsync(trial);
    }

    /// <summary>The first <c>migrate-incoming</c> names a place where nobody can listen.</summary>
    public static async Task BehindBadAddress(ProcessTrial trial)
    {
        await TryBadAddressAsync(trial);
        try
        {
            await trial.SendAllAsync(endsAll: false);
        }
        catch (InvalidOperationException refusal)
        {
            trial.Refusals.Add($"the second migrate-incoming: {refusal.Message}");
        }
    }

    /// <summary>Has it listen where nobody can.</summary>
    /// <param name="trial">The trial.</param>
    internal static async Task TryBadAddressAsync(ProcessTrial trial)
    {
        try
        {
            await trial.Process.ListenAsync("unix:/nonexistent/socket");
            trial.Refusals.Add("migrate-incoming takes an address that cannot be opened");
        }
        catch (InvalidOperationException)
        {
            // As it must.
        }
    }

    // The other connections come, and everything is sent.
    private static async Task CompleteAsync(ProcessTrial trial)
    {
        IReadOnlyList<RefereeConnection> connections = trial.Case.Connections;
        for (int i = 1; i < connections.Count; i++)
            await trial.ConnectAsync(i);
        for (int i = 0; i < connections.Count; i++)
            trial[i]?.Send(connections[i].Bytes.Length);
    }

    private static RefereeConnection MainOf(ProcessTrial trial) => trial.Case.MainOf(0)!;

    private static async Task PauseAsync(ProcessTrial trial, int bytes, Func<ProcessTrial, Task> pause)
    {
        await trial.ListenAsync();
        IReadOnlyList<RefereeConnection> connections = trial.Case.Connections;
        int main = connections.TakeWhile(connection => connection != MainOf(trial)).Count();
        for (int i = 0; i < connections.Count; i++)
        {
            if (!await trial.ConnectAsync(i))
                return;
        }

        for (int i = 0; i < connections.Count; i++)
            trial[i]?.Send(i == main ? bytes : connections[i].Bytes.Length);
        await pause(trial);
        trial[main]?.Send(connections[main].Bytes.Length);
    }
}
