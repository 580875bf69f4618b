using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Simulation.Conformance;

/// <summary>Plays a case to a real QEMU.</summary>
/// <param name="qemu">A fresh one, made for the case.</param>
/// <param name="played">The case.</param>
internal sealed class QemuTrial(QemuProcess qemu, RefereeCase played) : IDisposable
{
    /// <summary>How often this process may be the one that is late, on a machine that has much to do.</summary>
    private const int MostRounds = 10;

    private readonly List<Socket> _sockets = [];
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
            await ConnectAsync(connection.Bytes);
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

    // A QEMU that is frozen accepts nothing, and its queue has room for one: then the connection never comes.
    private async Task ConnectAsync(ReadOnlyMemory<byte> bytes)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        bool isConnected;
        try
        {
            isConnected = await qemu.Quiescence.OutlastsAsync(() => TryConnect(socket));
        }
        catch (SocketException)
        {
            // It has failed and listens no more.
            isConnected = false;
        }

        if (!isConnected)
        {
            socket.Dispose();
            return;
        }

        _sockets.Add(socket);
        _sending.Add(SendAsync(socket, bytes));
    }

    private bool TryConnect(Socket socket)
    {
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(qemu.SocketPath));
            return true;
        }
        catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
        {
            return false;
        }
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
        string runState = (string?)(await status)["status"] ?? "";
        return state switch
        {
            "completed" => new(EndKind.Completed, "") { RunState = runState, Ram = qemu.ReadRam(), Shut = await ShutAsync() },
            "failed" => new(EndKind.Failed, detail) { RunState = runState, Shut = await ShutAsync() },
            _ => new(EndKind.Waiting, state) { RunState = runState },
        };
    }

    // Where it sleeps, what it may wait for is this process, which has not sent all though there is room.
    private async Task AwaitEndAsync(Task ended)
    {
        await qemu.Quiescence.OutlastsAsync(Task.WhenAny([ended, Task.WhenAll(_sending)]));
        for (int i = 0; !await qemu.Quiescence.OutlastsAsync(ended) && IsLate() && i < MostRounds; i++)
        {
        }
    }

    private bool IsLate()
    {
        for (int i = 0; i < _sockets.Count; i++)
        {
            if (!_sending[i].IsCompleted && _sockets[i].Poll(0, SelectMode.SelectWrite))
                return true;
        }

        return false;
    }

    // SHUT follows the status, and the connections are closed behind it, but for some that a failed migration forgets.
    private async Task<uint?> ShutAsync()
    {
        MemoryStream[] heard = [.. _sockets.Select(_ => new MemoryStream())];
        await qemu.Quiescence.OutlastsAsync(() => HearAll(heard));
        return heard.Select(answers => ReturnPathText.ShutOf(answers.ToArray())).FirstOrDefault(shut => shut is not null);
    }

    // Whether all are closed. What QEMU has sent is there to be read at once.
    private bool HearAll(MemoryStream[] heard)
    {
        bool allClosed = true;
        for (int i = 0; i < _sockets.Count; i++)
            allClosed &= Hear(_sockets[i], heard[i]);
        return allClosed;
    }

    private static bool Hear(Socket socket, MemoryStream heard)
    {
        Span<byte> buffer = stackalloc byte[256];
        try
        {
            while (socket.Poll(0, SelectMode.SelectRead))
            {
                int count = socket.Receive(buffer);
                if (count == 0)
                    return true;
                heard.Write(buffer[..count]);
            }
        }
        catch (SocketException)
        {
            // It has closed before it had read all.
            return true;
        }

        return false;
    }
}
