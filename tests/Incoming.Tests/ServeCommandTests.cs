using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary><c>incoming serve</c> as a process, fed with a recorded stream through each transport.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Capture _capture = Capture.Open("none-return-path");
    private readonly byte[] _stream;

    public ServeCommandTests() => _stream = _capture.MainStream();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stream_through_a_unix_socket_completes_with_events_memory_file_and_answers()
    {
        using TestProcess process = Serve("--memory-file", _folder["ram"]);
        using QmpClient qmp = Monitor(process);
        Assert.Equal("{}", qmp.Run("query-migrate").ToJsonString());
        Assert.Equal("inmigrate", (string?)qmp.Run("query-status")["status"]);
        qmp.SwitchOn("events");
        qmp.Run("migrate-incoming", Uri($"unix:{_folder["mig"]}"));
        Assert.Equal(_folder["mig"], (string?)qmp.Run("query-migrate")["socket-address"]![0]!["path"]);

        byte[] answers = PeerSocket.Feed(new UnixDomainSocketEndPoint(_folder["mig"]), _stream);

        qmp.WaitForStatus("completed");
        Assert.Equal(
            ["MIGRATION setup", "MIGRATION active", "RESUME", "MIGRATION completed"],
            qmp.Events.Select(e => $"{e["event"]} {e["data"]?["status"]}".TrimEnd()));
        JsonNode info = qmp.Run("query-migrate");
        Assert.Equal(_capture.SourceRam.GetProperty("transferred").GetInt64(), (long)info["ram"]!["transferred"]!);
        Assert.Null(info["socket-address"]);
        Assert.True((bool)qmp.Run("query-status")["running"]!);
        Assert.Equal(_capture.Read("ch0.back"), answers);
        Assert.Equal(_capture.Sha256(), _folder.Sha256("ram"));
        Patience.Until(() => !File.Exists(_folder["mig"]), "it still listens");
        Assert.Equal(
            "The incoming migration has already been started", qmp.Refuse("migrate-incoming", Uri($"unix:{_folder["mig"]}")));
        qmp.Run("quit");
        Assert.Equal(0, process.Wait().ExitCode);
        Assert.False(File.Exists(_folder["qmp"]) || File.Exists(_folder["mig"]));
    }

    [Fact]
    public void Stream_through_tcp_completes_and_the_guest_stays_stopped_where_told()
    {
        using TestProcess process = Serve("-S");
        using QmpClient qmp = Monitor(process);
        qmp.SwitchOn("events");
        qmp.Run("migrate-incoming", Uri("tcp:0.0.0.0:0"));
        JsonNode address = qmp.Run("query-migrate")["socket-address"]![0]!;
        Assert.Equal("inet", (string?)address["type"]);

        PeerSocket.Feed(new IPEndPoint(IPAddress.Loopback, int.Parse((string)address["port"]!)), _stream);

        qmp.WaitForStatus("completed");
        Assert.DoesNotContain(qmp.Events, e => (string?)e["event"] == "RESUME");
        Assert.Equal("paused", (string?)qmp.Run("query-status")["status"]);
        qmp.Run("cont");
        qmp.WaitFor("RESUME");
        qmp.Run("stop");
        qmp.WaitFor("STOP");
    }

    [Fact]
    public void Stream_from_file_exec_and_descriptor_completes()
    {
        Capture capture = Capture.Open("none-text");
        byte[] stream = capture.MainStream();
        File.WriteAllBytes(_folder["stream"], [.. new byte[4096 + 1], .. stream]);
        File.WriteAllBytes(_folder["plain"], stream);
        string[] uris =
        [
            $"file:{_folder["stream"]},offset=0x1001", $"exec:cat {_folder["plain"]}", $"file:{_folder["plain"]}",
        ];
        foreach (string uri in uris)
        {
            using TestProcess process = TestProcess.Incoming(
                "serve", "--block", "m0=4M", "--qmp", $"unix:{_folder["qmp"]}", "--capability", "events");
            using QmpClient qmp = Monitor(process);
            qmp.Run("migrate-incoming", Uri(uri));
            qmp.WaitForStatus("completed");
            qmp.Run("quit");
            process.Wait();
        }
        using TestProcess inherited = TestProcess.Start(
            "/bin/sh", "-c",
            $"exec '{Path.Combine(AppContext.BaseDirectory, "incoming")}' serve --block m0=4M --incoming fd:7 --qmp unix:{_folder["qmp"]} 7< {_folder["plain"]}");
        using QmpClient monitor = Monitor(inherited);
        WaitUntil(monitor, "completed");
    }

    [Fact]
    public void Tcp_address_has_options_as_in_qemu()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        using TestProcess process = Serve();
        using QmpClient qmp = Monitor(process);
        (string Options, string Error)[] refused =
        [
            ($":{port}", "Failed to bind socket: Address already in use"),
            (":0,to=x", "error parsing to= argument"),
            (":0,ipv4=maybe", "error parsing 'ipv4' flag '=maybe'"),
            (":0,ipv4=off,ipv6=off", "Cannot disable IPv4 and IPv6 at same time"),
            (":0,ipv6=on", "address resolution failed for 127.0.0.1:0: Address family for hostname not supported"),
            (":no-such", "address resolution failed for 127.0.0.1:no-such: Servname not supported for ai_socktype"),
            (":", "error parsing address '127.0.0.1:'"),
        ];
        foreach ((string options, string error) in refused)
            Assert.Equal(error, qmp.Refuse("migrate-incoming", Uri("tcp:127.0.0.1" + options)));

        qmp.Run("migrate-incoming", Uri($"tcp:127.0.0.1:{port},to={port + 100},ipv4,keep-alive=on"));

        JsonNode address = qmp.Run("query-migrate")["socket-address"]![0]!;
        Assert.InRange(int.Parse((string)address["port"]!), port + 1, port + 100);
        Assert.True((bool)address["ipv4"]!);
    }

    [Theory]
    [InlineData("""{"transport":"exec","args":["/bin/sh","-c","cat STREAM"]}""")]
    [InlineData("""{"transport":"exec","args":["/bin/cat","STREAM"]}""")]
    [InlineData("""{"transport":"file","filename":"STREAM","offset":0}""")]
    public void Channel_in_place_of_a_uri_brings_the_stream(string address)
    {
        File.WriteAllBytes(_folder["it's a stream"], _stream);
        string path = address.Contains("/bin/sh") ? _folder["it?s?a?stream"] : _folder["it's a stream"];
        using TestProcess process = Serve("--capability", "events");
        using QmpClient qmp = Monitor(process);

        qmp.Run(
            "migrate-incoming",
            $$$"""{"channels":[{"channel-type":"main","addr":{{{address.Replace("STREAM", path, StringComparison.Ordinal)}}}}]}""");

        qmp.WaitForStatus("completed");
    }

    [Theory]
    [InlineData("""{"transport":"rdma","host":"h","port":"1"}""", "transport 'rdma' is not supported")]
    [InlineData("""{"transport":"socket","type":"vsock","cid":"1","port":"2"}""", "sockets of type 'vsock' are not supported")]
    [InlineData("""{"transport":"socket","type":"unix","path":"p","abstract":true}""", "abstract Unix sockets are not supported")]
    [InlineData("""{"transport":"socket","type":"fd","str":"nobody"}""", "File descriptor named 'nobody' has not been found")]
    [InlineData("""{"transport":"file","filename":"/dev/fdset/7","offset":0}""", "Failed to find fdset /dev/fdset/7")]
    [InlineData("""{"transport":"file","filename":"f","offset":-1}""", "Unable to seek to offset -1 in file 'f'")]
    [InlineData("""{"transport":"exec","args":[]}""", "exec: needs a command")]
    public void Channel_that_cannot_be_had_is_refused(string address, string error)
    {
        using TestProcess process = Serve();
        using QmpClient qmp = Monitor(process);

        Assert.Equal(error, qmp.Refuse("migrate-incoming", $$$"""{"channels":[{"channel-type":"main","addr":{{{address}}}}]}"""));
        Assert.Equal("{}", qmp.Run("query-migrate").ToJsonString());
    }

    [Fact]
    public void Transport_that_cannot_open_leaves_nothing_behind_and_may_be_tried_again()
    {
        using TestProcess process = Serve();
        using QmpClient qmp = Monitor(process);
        string[] bad =
        [
            "unix:/no/such/folder/s", "file:/no/such/file", "tcp:192.0.2.1:1", $"tcp:{new string('h', 300)}:1", "fd:99", "fd:x", "foo:bar",
            "tcp:1.2.3.4", "unix:", "file:", "exec:", "defer",
        ];
        foreach (string uri in bad)
        {
            Assert.False(string.IsNullOrWhiteSpace(qmp.Refuse("migrate-incoming", Uri(uri))), uri);
            Assert.Equal("{}", qmp.Run("query-migrate").ToJsonString());
        }
        qmp.SwitchOn("events");
        qmp.Run("migrate-incoming", Uri($"unix:{_folder["mig"]}"));
        PeerSocket.Feed(new UnixDomainSocketEndPoint(_folder["mig"]), _stream);
        qmp.WaitForStatus("completed");
    }

    [Fact]
    public void Failure_ends_the_process_with_code_1_by_default()
    {
        using TestProcess process = Serve("--incoming", $"unix:{_folder["mig"]}");
        using QmpClient qmp = Monitor(process);

        PeerSocket.Feed(new UnixDomainSocketEndPoint(_folder["mig"]), _stream[..100_000]);

        TestProcess.Result result = process.Wait();
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Contains("the stream ended", Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void Failure_leaves_the_process_up_when_exit_on_error_is_off()
    {
        using TestProcess process = Serve();
        using QmpClient qmp = Monitor(process);
        qmp.SwitchOn("events");
        qmp.Run("migrate-incoming", $$"""{"uri":"unix:{{_folder["mig"]}}","exit-on-error":false}""");

        PeerSocket.Feed(new UnixDomainSocketEndPoint(_folder["mig"]), _stream[..100_000]);

        qmp.WaitForStatus("failed");
        JsonNode info = qmp.Run("query-migrate");
        Assert.Equal("failed", (string?)info["status"]);
        Assert.Contains("the stream ended", (string?)info["error-desc"]);
        Assert.Equal("inmigrate", (string?)qmp.Run("query-status")["status"]);
        qmp.Run("quit");
        Assert.Equal(0, process.Wait().ExitCode);
    }

    [Fact]
    public void Unopenable_transport_on_the_command_line_ends_the_process_with_code_1()
    {
        using TestProcess process = Serve("--incoming", "file:/no/such/file");

        TestProcess.Result result = process.Wait();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/no/such/file", result.Errors);
    }

    [Fact]
    public void Port_scan_idle_client_and_stranger_do_no_harm()
    {
        using TestProcess process = Serve("--capability", "events", "--incoming", $"unix:{_folder["mig"]}");
        using QmpClient qmp = Monitor(process);
        UnixDomainSocketEndPoint end = new(_folder["mig"]);

        using Socket idle = PeerSocket.Connect(end);
        using Socket almost = PeerSocket.Connect(end);
        almost.Send("QEV"u8);
        PeerSocket.Connect(end).Dispose();
        PeerSocket.Feed(end, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        Assert.Equal("setup", (string?)qmp.Run("query-migrate")["status"]);
        PeerSocket.Feed(end, _stream);

        qmp.WaitForStatus("completed");
        qmp.Run("quit");
        Assert.Equal(0, process.Wait().ExitCode);
    }

    [Fact]
    public void Monitor_survives_malformed_overlong_and_split_lines_and_other_clients()
    {
        using TestProcess process = Serve();
        using QmpClient first = Monitor(process);
        using QmpClient second = Monitor(process);
        Assert.NotNull(second.Greeting["QMP"]);

        first.SendRaw("{\"execute\": ]\n");
        Assert.NotNull(first.ReadReply()["error"]);
        first.SendRaw(new string('x', 1_000_000) + "\n");
        Assert.Contains("65536", (string?)first.ReadReply()["error"]!["desc"]);
        foreach (byte value in Encoding.UTF8.GetBytes("""{"execute":"query-status","id":9}"""))
            first.SendRaw([value]);
        Assert.Equal(9, (int)first.ReadReply()["id"]!);
        first.SendRaw("""{"execute":"query-version","id":1}{"execute":"query-version","id":2}""" + "\n{\"execute\":");
        Assert.Equal(1, (int)first.ReadReply()["id"]!);
        Assert.Equal(2, (int)first.ReadReply()["id"]!);
        first.Dispose();
        Assert.NotNull(second.Run("query-commands"));
    }

    [Fact]
    public async Task Client_that_asks_much_and_reads_late_gets_every_reply()
    {
        using TestProcess process = Serve();
        using QmpClient qmp = Monitor(process);
        const int Count = 20_000;
        Task asking = Task.Run(() =>
        {
            for (int i = 0; i < Count; i++)
                qmp.SendRaw($$"""{"execute":"query-status","id":{{i}}}""");
        });

        for (int i = 0; i < Count; i++)
            Assert.Equal(i, (int)qmp.ReadReply()["id"]!);
        await asking.WaitAsync(Patience.Limit);
    }

    [Fact]
    public void Termination_tells_the_monitors_and_removes_the_sockets()
    {
        File.WriteAllText(_folder["other"], "");
        using TestProcess process = Serve("--incoming", $"unix:{_folder["mig"]}");
        using QmpClient qmp = Monitor(process);

        process.Terminate();

        Assert.Equal("host-signal", (string?)qmp.WaitFor("SHUTDOWN")["data"]!["reason"]);
        Assert.Equal(0, process.Wait().ExitCode);
        Assert.False(File.Exists(_folder["qmp"]) || File.Exists(_folder["mig"]));
    }

    [Fact]
    public void Socket_left_behind_is_replaced_and_a_file_is_not()
    {
        using (TestProcess killed = Serve())
            Monitor(killed).Dispose();
        Assert.True(File.Exists(_folder["qmp"]));
        using TestProcess process = Serve();
        using QmpClient qmp = Monitor(process);
        File.WriteAllText(_folder["file"], "mine");

        Assert.NotNull(qmp.Refuse("migrate-incoming", Uri($"unix:{_folder["file"]}")));
        Assert.Equal("mine", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public void Memory_file_with_old_content_ends_up_equal_to_the_source()
    {
        byte[] old = new byte[2 << 20];
        Array.Fill(old, (byte)0xaa);
        File.WriteAllBytes(_folder["ram"], old);
        using TestProcess process = Serve(
            "--memory-file", _folder["ram"], "--capability", "events", "--incoming", $"unix:{_folder["mig"]}");
        using QmpClient qmp = Monitor(process);

        PeerSocket.Feed(new UnixDomainSocketEndPoint(_folder["mig"]), _stream);

        WaitUntil(qmp, "completed");
        Assert.Equal(_capture.Sha256(), _folder.Sha256("ram"));
    }

    private static string Uri(string uri) => $$"""{"uri":"{{uri}}"}""";

    private static void WaitUntil(QmpClient qmp, string status) =>
        Patience.Until(() => (string?)qmp.Run("query-migrate")["status"] == status, $"the status did not become '{status}'");

    private TestProcess Serve(params string[] arguments) =>
        TestProcess.Incoming(["serve", "--block", "m0=2M", "--qmp", $"unix:{_folder["qmp"]}", .. arguments]);

    private QmpClient Monitor(TestProcess process) => QmpClient.ConnectAndNegotiate(_folder["qmp"], process);
}
