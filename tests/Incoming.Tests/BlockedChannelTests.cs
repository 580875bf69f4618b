using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Processes;
using static TestKit.MultifdStreams;

namespace Incoming.Tests;

/// <summary>
/// Main and two multifd channels, each blocked in a read on its own thread, channel 0 in the middle of a page: however the wait is
/// broken, the destination ends cleanly. A hang would end the test run.
/// </summary>
public sealed class BlockedChannelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Multifd_channel_that_is_cut_fails_the_migration_and_the_source_is_told(bool memoryFile)
    {
        using TestProcess process = Serve(memoryFile);
        using QmpClient qmp = Begin(process);

        _sockets[1].Dispose();

        AssertFailed(qmp, "multifd 0");
    }

    [Fact]
    public void Multifd_channel_that_ends_its_sending_fails_the_migration_and_the_source_is_told()
    {
        using TestProcess process = Serve(memoryFile: true);
        using QmpClient qmp = Begin(process);

        _sockets[1].Shutdown(SocketShutdown.Send);

        AssertFailed(qmp, "multifd 0");
    }

    [Fact]
    public void Multifd_channel_that_is_reset_fails_the_migration_and_the_source_is_told()
    {
        using TestProcess process = Serve(memoryFile: false);
        using QmpClient qmp = Begin(process, "tcp:127.0.0.1:0");

        _sockets[1].LingerState = new(true, 0);
        _sockets[1].Dispose();

        AssertFailed(qmp, "multifd 0");
    }

    [Fact]
    public void Main_channel_that_ends_its_sending_fails_the_migration_and_the_source_is_told()
    {
        using TestProcess process = Serve(memoryFile: true);
        using QmpClient qmp = Begin(process);

        _sockets[0].Shutdown(SocketShutdown.Send);

        AssertFailed(qmp, "ended");
    }

    [Fact]
    public void Cancel_is_accepted_and_changes_nothing()
    {
        using TestProcess process = Serve(memoryFile: true);
        using QmpClient qmp = Begin(process);

        qmp.Run("migrate_cancel");
        Assert.Equal("active", (string?)qmp.Run("query-migrate")["status"]);
        _sockets[1].Send([.. new byte[4096 - 100], .. Sync()]);
        _sockets[2].Send(Sync());
        _sockets[0].Send(Main()[^Tail..]);

        qmp.WaitForStatus("completed");
        Assert.Equal(1, (long)qmp.Run("query-migrate")["ram"]!["normal"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Termination_and_quit_end_the_process_while_channels_wait(bool quit)
    {
        using TestProcess process = Serve(memoryFile: !quit);
        using QmpClient qmp = Begin(process);

        if (quit)
            qmp.Run("quit");
        else
            process.Terminate();

        Assert.Equal(0, process.Wait().ExitCode);
        Assert.False(File.Exists(_folder["qmp"]) || File.Exists(_folder["mig"]));
    }

    /// <summary>Each task blocks its own thread: with a pool of two threads, channels that went on there after a wait would take both
    /// for their next reads, and the last channel would never get one.</summary>
    [Fact]
    public void Idle_channels_hold_up_nobody()
    {
        const int channels = 8;
        using TestProcess process = TestProcess.Start(
            "/usr/bin/env", "DOTNET_ThreadPool_ForceMaxWorkerThreads=2", TestProcess.IncomingProgram,
            "serve", "--block", "ram=1M", "--qmp", $"unix:{_folder["qmp"]}", "--capability", "events", "--capability", "multifd",
            "--parameter", $"multifd-channels={channels}");
        using QmpClient qmp = QmpClient.ConnectAndNegotiate(_folder["qmp"], process);
        qmp.Run("migrate-incoming", $$"""{"uri":"unix:{{_folder["mig"]}}","exit-on-error":false}""");
        Connect(new UnixDomainSocketEndPoint(_folder["mig"]), Main()[..^Tail]);
        for (int id = 0; id < channels; id++)
            Connect(new UnixDomainSocketEndPoint(_folder["mig"]), Initial(id));
        qmp.WaitForStatus("active");

        _sockets[^1].Send(Packet(normal: [0x3000], payload: new byte[4096]));
        WaitForPages(qmp, 1);

        foreach (Socket channel in _sockets[1..])
            channel.Send(Sync());
        _sockets[0].Send(Main()[^Tail..]);
        qmp.WaitForStatus("completed");
        qmp.Run("quit");
    }

    // The main stream's end, FLUSH included, is not sent at first.
    private const int Tail = 170;

    private void AssertFailed(QmpClient qmp, string cause)
    {
        qmp.WaitForStatus("failed");
        Assert.Contains(cause, (string?)qmp.Run("query-migrate")["error-desc"]);
        Assert.Equal(0, (long)qmp.Run("query-migrate")["ram"]!["normal"]!);
        // SHUT(1), the last that the source hears.
        Assert.Equal([0, 1, 0, 4, 0, 0, 0, 1], PeerSocket.ReadToEnd(_sockets[0])[^8..]);
        qmp.Run("quit");
    }

    private TestProcess Serve(bool memoryFile) => TestProcess.Incoming(
    [
        "serve", "--block", "ram=1M", "--qmp", $"unix:{_folder["qmp"]}", "--capability", "events", "--capability", "multifd",
        .. memoryFile ? ["--memory-file", _folder["ram"]] : Array.Empty<string>(),
    ]);

    private QmpClient Begin(TestProcess process, string? uri = null)
    {
        QmpClient qmp = QmpClient.ConnectAndNegotiate(_folder["qmp"], process);
        qmp.Run("migrate-incoming", $$"""{"uri":"{{uri ?? "unix:" + _folder["mig"]}}","exit-on-error":false}""");
        JsonNode address = qmp.Run("query-migrate")["socket-address"]![0]!;
        EndPoint end = uri is null
            ? new UnixDomainSocketEndPoint(_folder["mig"])
            : new IPEndPoint(IPAddress.Loopback, int.Parse((string)address["port"]!));
        byte[] page = Packet(normal: [0x3000], payload: new byte[100], payloadBytes: 4096);
        foreach (byte[] bytes in (byte[][])[Main()[..^Tail], [.. Initial(0), .. page], Initial(1)])
            Connect(end, bytes);
        qmp.WaitForStatus("active");
        return qmp;
    }

    private static void WaitForPages(QmpClient qmp, long pages) => Patience.Until(
        () => (long)qmp.Run("query-migrate")["ram"]!["normal"]! >= pages, "a page did not arrive");

    private void Connect(EndPoint end, byte[] bytes)
    {
        Socket socket = PeerSocket.Connect(end);
        _sockets.Add(socket);
        socket.Send(bytes);
    }
}
