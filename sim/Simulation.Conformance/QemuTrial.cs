using System.Text.Json.Nodes;
using Simulation.Source.Hosting;

namespace Simulation.Conformance;

/// <summary>Plays a case to a real QEMU.</summary>
/// <param name="qemu">A fresh one, made for the case.</param>
/// <param name="played">The case.</param>
internal sealed class QemuTrial(QemuProcess qemu, RefereeCase played) : IDisposable
{
    /// <summary>How often this process may be the one that is late, on a machine that has much to do.</summary>
    private const int MostRounds = 10;

    private readonly QemuConnection?[] _connections = new QemuConnection?[played.Connections.Count];
    private int _leg;

    /// <summary>Plays it.</summary>
    /// <returns>What came of it.</returns>
    public async Task<TrialEnd> PlayAsync()
    {
        if (await qemu.AwaitReadyAsync() is { } refusal)
            return new(EndKind.Unsupported, refusal);
        try
        {
            await BeginAsync();
            return await JudgeAsync();
        }
        catch (IOException)
        {
            (string? death, string errors) = await qemu.EndAsync();
            return new(EndKind.Crashed, $"{death ?? "its monitor was closed"}{(errors.Length > 0 ? ": " : "")}{errors}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (QemuConnection? connection in _connections)
            connection?.Dispose();
        qemu.Dispose();
    }

    private async Task BeginAsync()
    {
        if (played.IsFile)
        {
            await WriteFileAsync(played.Connections[0].Bytes);

            // Loading begins before the reply, and may be the end of the process.
            await SettleAsync(qemu.ListenAsync($"file:{qemu.FilePath}"));
            return;
        }

        await qemu.ListenAsync($"unix:{qemu.SocketPathOf(0)}");
        RecordedStep? before = null;
        foreach (RecordedStep step in played.Steps)
        {
            if (before is { } last && played.IsOrdered(step, last))
                await qemu.Quiescence.SettlesAsync();
            before = step;
            if (step.Action == RecordedAction.Connects && !await ConnectAsync(step.Connection))
                return;
            if (step.Action == RecordedAction.Sends)
                _connections[step.Connection]?.Send(step.Bytes);
            else if (step.Action == RecordedAction.Ends)
                _connections[step.Connection]?.End();
        }
    }

    private async Task WriteFileAsync(ReadOnlyMemory<byte> content)
    {
        await using FileStream file = File.Create(qemu.FilePath);
        await file.WriteAsync(content);
    }

    // The caller decides what a missing reply means.
    private async Task SettleAsync(Task reply)
    {
        await qemu.Quiescence.OutlastsAsync(reply);
        if (reply.IsCompleted)
            await reply;
    }

    // A QEMU that is frozen accepts nothing, and its queue has room for one: then the connection never comes. A QEMU that is not paused
    // recovers nothing, and the source does not come to it.
    private async Task<bool> ConnectAsync(int number)
    {
        RefereeConnection connection = played.Connections[number];
        if (connection.Leg > _leg)
        {
            _leg = connection.Leg;
            if (!await qemu.Quiescence.OutlastsAsync(() => qemu.Monitor.Pauses == _leg) || !await TryRecoverAsync())
                return false;
        }

        _connections[number] = await QemuConnection.TryMakeAsync(qemu.Quiescence, qemu.SocketPathOf(_leg), connection.Bytes);
        return true;
    }

    private async Task<bool> TryRecoverAsync()
    {
        Task recovery = qemu.RecoverAsync($"unix:{qemu.SocketPathOf(_leg)}");
        if (!await qemu.Quiescence.OutlastsAsync(recovery))
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
        Task<string> ended = qemu.Monitor.MigrationEnded;
        await AwaitEndAsync(ended);
        if (ended.IsCanceled)
            throw new IOException("QEMU has ended");
        Task<JsonNode> info = qemu.Monitor.Ask("query-migrate");
        Task<JsonNode> status = qemu.Monitor.Ask("query-status");
        Task answered = Task.WhenAll(info, status);
        if (!await qemu.Quiescence.OutlastsAsync(answered) && !await qemu.Quiescence.OutlastsAsync(answered))
            return new(EndKind.Hung, "its monitor answers no more");
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
        return end.HasRam ? end with { Ram = qemu.ReadRam() } : end;
    }

    // Where it sleeps, what it may wait for is this process, which has not sent all though there is room.
    private async Task AwaitEndAsync(Task ended)
    {
        Task sent = Task.WhenAll(_connections.Select(connection => connection?.Sent ?? Task.CompletedTask));
        await qemu.Quiescence.OutlastsAsync(Task.WhenAny([ended, sent]));
        for (int i = 0; !await qemu.Quiescence.OutlastsAsync(ended) && _connections.Any(connection => connection?.IsLate == true) && i < MostRounds; i++)
        {
        }
    }

    // SHUT follows the status, and the connections are closed behind it, but for some that a failed migration forgets. What QEMU has sent
    // is there to be read at once.
    private async Task<IReadOnlyList<string>> HearAsync(bool untilClosed)
    {
        if (untilClosed)
            await qemu.Quiescence.OutlastsAsync(HearAll);
        else
            HearAll();
        return ReturnPathText.Of([.. _connections.Select(connection => connection?.Answers ?? default)]);
    }

    private bool HearAll()
    {
        bool allClosed = true;
        foreach (QemuConnection? connection in _connections)
            allClosed &= connection?.Hear() ?? true;
        return allClosed;
    }
}
