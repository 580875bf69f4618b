using System.Text.Json.Nodes;
using Simulation.Conformance.UnderTest;
using Simulation.Source.Hosting;

namespace Simulation.Conformance;

/// <summary>Plays a case to a destination that is a process.</summary>
/// <param name="process">A fresh one, made for the case.</param>
/// <param name="played">The case.</param>
internal sealed class ProcessTrial(DestinationProcess process, RefereeCase played) : IDisposable
{
    /// <summary>How often this process may be the one that is late, on a machine that has much to do.</summary>
    private const int MostRounds = 10;

    private readonly DestinationConnection?[] _connections = new DestinationConnection?[played.Connections.Count];
    private readonly List<DestinationConnection> _strangers = [];
    private int _leg;

    /// <summary>The case.</summary>
    public RefereeCase Case => played;

    /// <summary>How often the destination has to seem asleep before it counts as silent: on a machine that has much to do this process may be
    /// the one that hears late.</summary>
    public int Patience { get; init; } = 2;

    /// <summary>The destination.</summary>
    public DestinationProcess Process => process;

    /// <summary>What it says of its migration, where a source asks.</summary>
    public FigureLog Figures { get; } = new();

    /// <summary>When QMP was silent on the way, a clause each.</summary>
    public List<string> Silences { get; } = [];

    /// <summary>What was refused on the way that must be granted, a sentence each.</summary>
    public List<string> Refusals { get; } = [];

    /// <summary>The status when strangers had come and the source had not; null where none came.</summary>
    public string? StatusBehindStrangers { get; private set; }

    /// <summary>Plays the case as its source does.</summary>
    /// <returns>What came of it.</returns>
    public Task<TrialEnd> PlayAsync() => PlayAsync(static trial => trial.SendAllAsync(endsAll: true));

    /// <summary>Plays the case as somebody else says.</summary>
    /// <param name="source">Connects and sends.</param>
    /// <returns>What came of it.</returns>
    public async Task<TrialEnd> PlayAsync(Func<ProcessTrial, Task> source)
    {
        if (await process.AwaitReadyAsync() is { } refusal)
            return new(EndKind.Unsupported, refusal);
        try
        {
            await source(this);
            return await JudgeAsync();
        }
        catch (IOException)
        {
            (string? death, string errors) = await process.EndAsync();
            return process.ExitsOnError && death == "exit code 1"
                ? new(EndKind.Failed, errors) { RunState = "inmigrate", Answers = Hear() }
                : new(EndKind.Crashed, $"{death ?? "its monitor was closed"}{(errors.Length > 0 ? ": " : "")}{errors}");
        }
    }

    /// <summary>A connection that was made.</summary>
    /// <param name="number">Its number in the case.</param>
    /// <returns>The connection; null where the destination has not taken it.</returns>
    public DestinationConnection? this[int number] => _connections[number];

    /// <summary>Has the destination listen, or load its file.</summary>
    public async Task ListenAsync()
    {
        // Loading a file begins before the reply, and may be the end of the process.
        if (played.IsFile)
            await SettleAsync(process.ListenAsync($"file:{process.FilePath}"));
        else
            await process.ListenAsync($"unix:{process.SocketPathOf(0)}");
    }

    /// <summary>Makes the connections and sends all bytes, in the order of the case.</summary>
    /// <param name="endsAll">Whether the source also ends those that are not lost on the way; it keeps them open otherwise.</param>
    public async Task SendAllAsync(bool endsAll)
    {
        await ListenAsync();
        if (!played.IsFile)
            await SendAsync(endsAll);
    }

    /// <summary>Somebody connects who is not the source.</summary>
    /// <param name="bytes">What is sent.</param>
    /// <returns>The connection; null where the destination does not take it.</returns>
    public async Task<DestinationConnection?> MeetStrangerAsync(ReadOnlyMemory<byte> bytes)
    {
        DestinationConnection? stranger = await DestinationConnection.TryMakeAsync(process.Quiescence, process.SocketPathOf(_leg), bytes);
        if (stranger is null)
            return null;
        _strangers.Add(stranger);
        stranger.Send(bytes.Length);
        await process.Quiescence.SettlesAsync();
        return stranger;
    }

    /// <summary>Looks what the destination has made of strangers, before its source comes.</summary>
    public async Task LookBehindStrangersAsync() => StatusBehindStrangers = (string?)(await AskAsync())?["status"];

    /// <summary>Asks for the figures.</summary>
    /// <returns>The reply to <c>query-migrate</c>; null where QMP is silent.</returns>
    /// <exception cref="IOException">It has died.</exception>
    public async Task<JsonNode?> AskAsync()
    {
        Task<JsonNode> reply = process.Monitor.Ask("query-migrate");
        for (int i = 0; i < Patience; i++)
        {
            if (await process.Quiescence.OutlastsAsync(reply))
                return await reply;
        }

        Silences.Add("while its figures are asked for");
        return null;
    }

    /// <summary>Asks over QMP whether the destination still answers.</summary>
    /// <param name="when">When that is, a clause for a sentence.</param>
    /// <returns>Whether it does.</returns>
    public async Task<bool> AnswersAsync(string when)
    {
        await process.Quiescence.SettlesAsync();
        Task<JsonNode> reply = process.Monitor.Ask("query-status");
        bool answers = await OutlastsAsync(() => reply.IsCompleted);
        if (answers)
            await reply;
        else
            Silences.Add(when);
        return answers;
    }

    /// <summary>Sends a command and waits for its reply.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Its arguments, or null.</param>
    /// <param name="isRefused">Whether it has to be refused; it has to be granted otherwise.</param>
    public async Task CommandAsync(string command, JsonObject? arguments, bool isRefused)
    {
        Task<JsonNode> reply = process.Monitor.Ask(command, arguments);
        if (!await OutlastsAsync(() => reply.IsCompleted))
        {
            Silences.Add($"while '{command}' is asked for");
            return;
        }

        try
        {
            await reply;
            if (isRefused)
                Refusals.Add($"'{command}' is granted, and must be refused");
        }
        catch (InvalidOperationException refusal)
        {
            if (!isRefused)
                Refusals.Add($"'{command}': {refusal.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DestinationConnection? connection in _connections.Concat(_strangers))
            connection?.Dispose();
        process.Dispose();
    }

    /// <summary>As <see cref="SendAllAsync"/>, where the destination listens already.</summary>
    /// <param name="endsAll">Whether the source also ends those that are not lost on the way.</param>
    public async Task SendAsync(bool endsAll)
    {
        RecordedStep? before = null;
        foreach (RecordedStep step in played.Steps)
        {
            if (before is { } last && played.IsOrdered(step, last))
                await process.Quiescence.SettlesAsync();
            before = step;
            if (step.Action == RecordedAction.Connects && !await ConnectAsync(step.Connection))
                return;
            if (step.Action == RecordedAction.Sends)
                _connections[step.Connection]?.Send(step.Bytes);
            else if (step.Action == RecordedAction.Ends && (endsAll || played.IsLost(step.Connection)))
                _connections[step.Connection]?.End();
        }
    }

    private async Task<bool> OutlastsAsync(Func<bool> hasHappened)
    {
        for (int i = 0; i < Patience; i++)
        {
            if (await process.Quiescence.OutlastsAsync(hasHappened))
                return true;
        }

        return false;
    }

    // The caller decides what a missing reply means.
    private async Task SettleAsync(Task reply)
    {
        await process.Quiescence.OutlastsAsync(reply);
        if (reply.IsCompleted)
            await reply;
    }

    /// <summary>Makes a connection. A QEMU that is frozen accepts nothing, and its queue has room for one: then the connection never comes.
    /// One that is not paused recovers nothing, and the source does not come to it.</summary>
    /// <param name="number">Its number in the case.</param>
    /// <returns>Whether the source goes on.</returns>
    public async Task<bool> ConnectAsync(int number)
    {
        RefereeConnection connection = played.Connections[number];
        if (connection.Leg > _leg)
        {
            _leg = connection.Leg;
            if (!await OutlastsAsync(() => process.Monitor.Pauses == _leg) || !await TryRecoverAsync())
                return false;
        }

        _connections[number] = await DestinationConnection.TryMakeAsync(process.Quiescence, process.SocketPathOf(_leg), connection.Bytes);
        return true;
    }

    private async Task<bool> TryRecoverAsync()
    {
        Task recovery = process.RecoverAsync($"unix:{process.SocketPathOf(_leg)}");
        if (!await OutlastsAsync(() => recovery.IsCompleted))
            return false;
        try
        {
            await recovery;
            return true;
        }
        catch (InvalidOperationException)
        {
            // It has gone on from where it was paused.
            return false;
        }
    }

    private async Task<TrialEnd> JudgeAsync()
    {
        Task<string> ended = process.Monitor.MigrationEnded;
        await AwaitEndAsync(ended);
        if (ended.IsCanceled)
            throw new IOException("it has ended");
        Task<JsonNode> info = process.Monitor.Ask("query-migrate");
        Task<JsonNode> status = process.Monitor.Ask("query-status");
        Task answered = Task.WhenAll(info, status);
        if (!await OutlastsAsync(() => answered.IsCompleted))
            return new(EndKind.Hung, "its monitor answers no more");
        Figures.Final = await info;
        string state = (string?)(await info)["status"] ?? "none";
        string detail = (string?)(await info)["error-desc"] ?? "";
        EndKind kind = state switch
        {
            "completed" => EndKind.Completed,
            "failed" => EndKind.Failed,
            _ => EndKind.Waiting,
        };
        TrialEnd end = new(kind, kind switch { EndKind.Completed => "", EndKind.Failed => detail, _ => state })
        {
            RunState = (string?)(await status)["status"] ?? "",
            Answers = await HearAsync(untilClosed: kind != EndKind.Waiting),
        };
        return end.HasRam ? end with { Ram = process.ReadRam() } : end;
    }

    // Where it sleeps, what it may wait for is this process, which has not sent all though there is room.
    private async Task AwaitEndAsync(Task ended)
    {
        Task sent = Task.WhenAll(_connections.Select(connection => connection?.Sent ?? Task.CompletedTask));
        await process.Quiescence.OutlastsAsync(Task.WhenAny([ended, sent]));
        for (int i = 0; !await process.Quiescence.OutlastsAsync(ended) && _connections.Any(connection => connection?.IsLate == true) && i < MostRounds; i++)
        {
        }
    }

    // SHUT follows the status, and the connections are closed behind it, but for some that a failed migration forgets. What QEMU has sent
    // is there to be read at once.
    private async Task<IReadOnlyList<string>> HearAsync(bool untilClosed)
    {
        if (untilClosed)
            await process.Quiescence.OutlastsAsync(HearAll);
        else
            HearAll();
        return Hear();
    }

    private IReadOnlyList<string> Hear()
    {
        HearAll();
        return ReturnPathText.Of([.. _connections.Select(connection => connection?.Answers ?? default)]);
    }

    private bool HearAll()
    {
        bool allClosed = true;
        foreach (DestinationConnection? connection in _connections)
            allClosed &= connection?.Hear() ?? true;
        return allClosed;
    }
}
