using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Simulation.Runner.Refereeing;

/// <summary>Plays a case to a real QEMU.</summary>
/// <param name="qemu">A fresh one, made for the case.</param>
/// <param name="played">The case.</param>
internal sealed class QemuTrial(QemuProcess qemu, RefereeCase played) : IDisposable
{
    /// <summary>How often this process may be the one that is late, on a machine that has much to do.</summary>
    private const int MostRounds = 10;

    private readonly List<Socket> _sockets = [];
    private readonly List<Task<byte[]>> _answers = [];
    private readonly List<Task> _sending = [];

    /// <summary>Plays it.</summary>
    /// <returns>What came of it.</returns>
    public async Task<TrialEnd> PlayAsync()
    {
        await qemu.AwaitReadyAsync();
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
        foreach (Socket socket in _sockets)
            socket.Dispose();
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

        await qemu.ListenAsync($"unix:{qemu.SocketPath}");
        foreach (RefereeConnection connection in played.Connections)
            Connect(connection.Bytes);
    }

    private async Task WriteFileAsync(ReadOnlyMemory<byte> content)
    {
        await using FileStream file = File.Create(qemu.FilePath);
        await file.WriteAsync(content);
    }

    // Whether the monitor has answered or never will is for the judge.
    private async Task SettleAsync(Task reply)
    {
        await qemu.Quiescence.OutlastsAsync(reply);
        if (reply.IsCompleted)
            await reply;
    }

    private void Connect(ReadOnlyMemory<byte> bytes)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _sockets.Add(socket);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(qemu.SocketPath));
        }
        catch (SocketException)
        {
            // It has failed and listens no more.
            return;
        }

        _sending.Add(SendAsync(socket, bytes));
        _answers.Add(HearAsync(socket));
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await socket.SendAsync(bytes)..];
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // It closes when it has failed.
        }
    }

    private static async Task<byte[]> HearAsync(Socket socket)
    {
        using MemoryStream heard = new();
        byte[] buffer = new byte[256];
        try
        {
            int count;
            while ((count = await socket.ReceiveAsync(buffer)) > 0)
                heard.Write(buffer, 0, count);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // What came before it broke was heard.
        }

        return heard.ToArray();
    }

    private async Task<TrialEnd> JudgeAsync()
    {
        Task<string> ended = qemu.Monitor.MigrationEnded;
        await AwaitEndAsync(ended);
        if (ended.IsCanceled)
            throw new IOException("QEMU has ended");
        Task<JsonNode> info = qemu.Monitor.Ask("query-migrate");
        Task<JsonNode> status = qemu.Monitor.Ask("query-status");
        if (!await qemu.Quiescence.OutlastsAsync(Task.WhenAll(info, status)))
            return new(EndKind.Hung, "its monitor answers no more");
        string state = (string?)(await info)["status"] ?? "none";
        string detail = (string?)(await info)["error-desc"] ?? "";
        string runState = (string?)(await status)["status"] ?? "";
        return state switch
        {
            "completed" => new(EndKind.Completed, "") { RunState = runState, Ram = qemu.ReadRam(), Shut = await ShutAsync() },
            "failed" => new(EndKind.Failed, detail) { RunState = runState, Shut = await ShutAsync() },
            _ => new(EndKind.Waiting, state) { RunState = runState },
        };
    }

    // Where it sleeps, what it may wait for is this process, which has not sent all.
    private async Task AwaitEndAsync(Task ended)
    {
        Task sent = Task.WhenAll(_sending);
        bool wasSent = sent.IsCompleted;
        for (int i = 0; !await qemu.Quiescence.OutlastsAsync(ended) && !wasSent && i < MostRounds; i++)
            wasSent = sent.IsCompleted;
    }

    // SHUT follows the status; the connections are closed behind it, and this process may be late to hear that.
    private async Task<uint?> ShutAsync()
    {
        Task<byte[][]> all = Task.WhenAll(_answers);
        for (int i = 0; !await qemu.Quiescence.OutlastsAsync(all); i++)
        {
            if (i == MostRounds)
                return null;
        }

        return (await all).Select(answers => ReturnPathText.ShutOf(answers)).FirstOrDefault(shut => shut is not null);
    }
}
