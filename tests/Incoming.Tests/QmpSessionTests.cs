using System.Text;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Incoming.Tests;

/// <summary>The QMP conversation without a transport. Texts are those of a real QEMU 10.0.2.</summary>
public sealed class QmpSessionTests : IDisposable
{
    private const string Script = """
        {"execute":"query-status"}
        {"execute":"qmp_capabilities","id":1}
        {"execute":"query-status","id":"ä\n"}{"execute":"stop"}  [1]
        {"execute":
            'query-status'}
        {"a" 1} {"execute":"query-version"}
        }
        "text"
        {"execute":"nope","id":{"a":[1,2.50,null]}}

        {"execute":"query-migrate","id":null}
        """;

    private readonly TestKit.Destination _destination;
    private readonly QmpHost _host;

    public QmpSessionTests()
    {
        _destination = new(MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = 1 << 20 }));
        _host = new(_destination);
    }

    public void Dispose() => _destination.Dispose();

    [Fact]
    public void Greeting_names_the_version_and_no_capability()
    {
        _host.Session.Greet();

        Assert.Equal(
            """{"QMP":{"version":{"qemu":{"micro":2,"minor":0,"major":10},"package":"Qemu.Migration.Incoming"},"capabilities":[]}}"""
            + "\r\n",
            Assert.Single(_host.Lines));
    }

    [Fact]
    public void Command_before_negotiation_is_refused_and_after_it_carried_out()
    {
        Assert.Equal("Expecting capabilities negotiation with 'qmp_capabilities'", Error(Send("""{"execute":"query-status"}""")));
        Assert.Equal("CommandNotFound", (string?)Last["error"]!["class"]);
        Assert.Equal("{}", Send("""{"execute":"qmp_capabilities"}""")["return"]!.ToJsonString());
        Assert.Equal("inmigrate", (string?)Send("""{"execute":"query-status"}""")["return"]!["status"]);
        Assert.Equal(
            "Capabilities negotiation is already complete, command ignored", Error(Send("""{"execute":"qmp_capabilities"}""")));
    }

    [Fact]
    public void Every_portioning_of_the_bytes_gives_the_same_replies()
    {
        byte[] script = Encoding.UTF8.GetBytes(Script);
        string whole = Replay(script, script.Length);
        Assert.Equal(12, whole.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);

        for (int portion = 1; portion < script.Length; portion++)
            Assert.Equal(whole, Replay(script, portion));
    }

    [Theory]
    [InlineData("[1]\n", "QMP input must be a JSON object")]
    [InlineData("5\n", "QMP input must be a JSON object")]
    [InlineData("\"x\"\n", "QMP input must be a JSON object")]
    [InlineData("{}\n", "QMP input lacks member 'execute'")]
    [InlineData("{\"execute\":5}\n", "QMP input member 'execute' must be a string")]
    [InlineData("{\"execute\":\"stop\",\"foo\":1}\n", "QMP input member 'foo' is unexpected")]
    [InlineData("{\"exec-oob\":\"stop\"}\n", "QMP input member 'exec-oob' is unexpected")]
    [InlineData("{\"execute\":\"stop\",\"arguments\":5}\n", "QMP input member 'arguments' must be an object")]
    [InlineData("{\"execute\":\"stop\",\"arguments\":{\"a\":1}}\n", "Parameter 'a' is unexpected")]
    [InlineData("{\"execute\":\"nope\"}\n", "The command nope has not been found")]
    [InlineData("{\"execute\": nope}\n", "JSON parse error, invalid keyword 'nope'")]
    [InlineData("}\n", "JSON parse error, expecting value")]
    [InlineData("{\"execute\":\"stop\",\"id\":1,\"id\":2}\n", "JSON parse error, duplicate key")]
    [InlineData("{\"execute\":\"\\ud800\"}\n", "JSON parse error, \\ud800 is not a valid Unicode character")]
    [InlineData("{\"\\udc00\":1}\n", "JSON parse error, \\udc00 is not a valid Unicode character")]
    public void Bad_line_gets_an_error_and_the_session_goes_on(string line, string description)
    {
        Negotiate();
        _host.Session.Feed(Encoding.UTF8.GetBytes(line));

        Assert.StartsWith(description, Error(Last));
        Assert.Equal("inmigrate", (string?)Send("""{"execute":"query-status"}""")["return"]!["status"]);
        Assert.Equal(3, _host.Lines.Count);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_get_an_error_and_the_session_goes_on()
    {
        Negotiate();
        _host.Session.Feed([.. "{\"execute\":\""u8, 0xff, 0xfe, .. "\"}\n"u8]);

        Assert.StartsWith("JSON parse error", Error(Last));
        Assert.NotNull(Send("""{"execute":"query-status"}""")["return"]);
    }

    [Fact]
    public void Overlong_line_gets_one_error_and_the_next_line_its_answer()
    {
        Negotiate();
        string long_ = "{\"execute\":\"" + new string('x', 3 * Limits.QmpCommandBytes) + "\"}\n";

        Assert.Contains("65536", Error(Send(long_)));
        Assert.NotNull(Send("""{"execute":"query-status"}""")["return"]);
        Assert.Equal(3, _host.Lines.Count);
    }

    [Fact]
    public void Longest_line_is_still_read()
    {
        Negotiate();
        string head = """{"execute":"query-status","id":" """;
        string line = head + new string('x', Limits.QmpCommandBytes - head.Length - 2) + "\"}";

        Assert.Equal(Limits.QmpCommandBytes, line.Length);
        Assert.NotNull(Send(line)["return"]);
        Assert.NotNull(Error(Send(" " + line.Replace("xx", "xxx", StringComparison.Ordinal))));
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_an_error_and_not_a_crash()
    {
        Negotiate();

        Assert.Equal("JSON nesting depth limit exceeded", Error(Send(new string('[', Limits.QmpNesting + 1))));
        Assert.NotNull(Send("""{"execute":"query-status"}""")["return"]);
    }

    [Fact]
    public void Id_as_deep_as_the_limit_comes_back()
    {
        Negotiate();
        string id = new string('[', Limits.QmpNesting - 1) + new string(']', Limits.QmpNesting - 1);

        _host.Session.Feed(Encoding.UTF8.GetBytes($$"""{"execute":"query-status","id":{{id}}}"""));
        Assert.EndsWith($"\"id\":{id}}}\r\n", _host.Lines[^1]);

        _host.Session.Feed(Encoding.UTF8.GetBytes($$"""{"execute":"nope","id":{{id}}}"""));
        Assert.StartsWith($"{{\"id\":{id},\"error\"", _host.Lines[^1]);
    }

    [Theory]
    [InlineData("2.50", "2.50")]
    [InlineData("null", "null")]
    [InlineData("\"\\u00e4\\n\"", "\"ä\\n\"")]
    [InlineData("{\"a\" : [1e3,\r true]}", "{\"a\":[1e3,true]}")]
    public void Id_comes_back_as_the_same_value_on_one_line(string id, string expected)
    {
        Negotiate();
        Send($$"""{"execute":"query-status","id":{{id}}}""");
        Assert.EndsWith($"\"id\":{expected}}}\r\n", _host.Lines[^1]);

        Send($$"""{"execute":"nope","id":{{id}}}""");
        Assert.StartsWith($"{{\"id\":{expected},\"error\"", _host.Lines[^1]);
    }

    [Fact]
    public void Migrate_incoming_begins_once_and_may_be_tried_again_when_the_transport_fails()
    {
        Negotiate();
        _host.TransportError = "Failed to bind socket";
        Assert.Equal("Failed to bind socket", Error(Send("""{"execute":"migrate-incoming","arguments":{"uri":"tcp:x:1"}}""")));
        Assert.Equal("{}", Send("""{"execute":"query-migrate"}""")["return"]!.ToJsonString());

        _host.TransportError = null;
        Assert.NotNull(
            Send("""{"execute":"migrate-incoming","arguments":{"uri":"tcp:x:1","exit-on-error":false}}""")["return"]);
        Assert.False(_host.ExitOnError);
        Assert.Equal(
            "The incoming migration has already been started",
            Error(Send("""{"execute":"migrate-incoming","arguments":{"uri":"tcp:x:1"}}""")));
    }

    [Theory]
    [InlineData("""{"uri":5}""", "Invalid parameter type for 'uri', expected: string")]
    [InlineData("""{"uri":"x","foo":1}""", "Parameter 'foo' is unexpected")]
    [InlineData("""{"uri":"x","exit-on-error":1}""", "Invalid parameter type for 'exit-on-error', expected: boolean")]
    [InlineData("{}", "need either 'uri' or 'channels' argument")]
    [InlineData("""{"channels":[]}""", "need either 'uri' or 'channels' argument")]
    [InlineData(
        """{"uri":"x","channels":[{"channel-type":"main","addr":{"transport":"file","filename":"f","offset":0}}]}""",
        "need either 'uri' or 'channels' argument")]
    [InlineData(
        """{"channels":[{"channel-type":"cpr","addr":{"transport":"file","filename":"f","offset":0}}]}""",
        "Channel list must have only one entry, for type 'main'")]
    [InlineData("""{"channels":[{"channel-type":"main","addr":{}}]}""", "Parameter 'channels[0].addr.transport' is missing")]
    [InlineData(
        """{"channels":[{"channel-type":"main","addr":{"transport":"x"}}]}""", "Parameter 'transport' does not accept value 'x'")]
    [InlineData(
        """{"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"inet","host":"h"}}]}""",
        "Parameter 'channels[0].addr.port' is missing")]
    [InlineData(
        """{"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"inet","host":"h","port":"1","to":70000}}]}""",
        "Parameter 'to' expects uint16_t")]
    [InlineData(
        """{"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"p","x":1}}]}""",
        "Parameter 'channels[0].addr.x' is unexpected")]
    public void Migrate_incoming_refuses_wrong_arguments(string arguments, string description)
    {
        Negotiate();

        Assert.Equal(description, Error(Send($$"""{"execute":"migrate-incoming","arguments":{{arguments}}}""")));
        Assert.Null(_host.Migration);
    }

    [Theory]
    [InlineData("{}", "Parameter 'capabilities' is missing")]
    [InlineData("""{"capabilities":5}""", "Invalid parameter type for 'capabilities', expected: array")]
    [InlineData("""{"capabilities":[5]}""", "Invalid parameter type for 'capabilities[0]', expected: object")]
    [InlineData("""{"capabilities":[{"capability":"events"}]}""", "Parameter 'capabilities[0].state' is missing")]
    [InlineData("""{"capabilities":[{"capability":"foo","state":true}]}""", "Parameter 'capability' does not accept value 'foo'")]
    [InlineData(
        """{"capabilities":[{"capability":"events","state":1}]}""",
        "Invalid parameter type for 'capabilities[0].state', expected: boolean")]
    [InlineData(
        """{"capabilities":[{"capability":"events","state":true,"x":1}]}""", "Parameter 'capabilities[0].x' is unexpected")]
    [InlineData(
        """{"capabilities":[{"capability":"compress","state":true}]}""",
        "Capability 'compress' is not supported: this destination does not read compressed pages of QEMU before 9.1")]
    [InlineData("""{"capabilities":[{"capability":"postcopy-preempt","state":true}]}""", "Postcopy preempt requires postcopy-ram")]
    [InlineData(
        """{"capabilities":[{"capability":"events","state":true},{"capability":"switchover-ack","state":true}]}""",
        "Capability 'switchover-ack' requires capability 'return-path'")]
    public void Refused_capabilities_change_nothing(string arguments, string description)
    {
        Negotiate();

        Assert.Equal(description, Error(Send($$"""{"execute":"migrate-set-capabilities","arguments":{{arguments}}}""")));
        Assert.All(MigrationCapabilities.Names, name => Assert.False(_host.Capabilities[name]));
    }

    [Fact]
    public void Capabilities_are_listed_as_they_are_set()
    {
        Negotiate();
        Send("""{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"xbzrle","state":true}]}}""");

        JsonArray list = Send("""{"execute":"query-migrate-capabilities"}""")["return"]!.AsArray();
        Assert.Equal(MigrationCapabilities.Names, list.Select(c => (string)c!["capability"]!));
        Assert.Equal(["xbzrle"], list.Where(c => (bool)c!["state"]!).Select(c => (string)c!["capability"]!));
    }

    [Fact]
    public void Quit_answers_after_its_event()
    {
        Negotiate();
        _destination.Environment.Time.Wall = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(7_000_009);

        _host.Session.Feed("{\"execute\":\"quit\",\"id\":7}"u8);

        Assert.True(_host.HasQuit);
        Assert.Equal(
            """
            {"timestamp":{"seconds":7,"microseconds":9},"event":"SHUTDOWN","data":{"guest":false,"reason":"host-qmp-quit"}}
            """ + "\r\n",
            _host.Lines[^2]);
        Assert.Equal("""{"return":{},"id":7}""" + "\r\n", _host.Lines[^1]);
    }

    [Fact]
    public void Events_come_after_negotiation_only_and_migration_only_with_the_capability()
    {
        _host.Events.RunStateChanged(RunState.InMigrate, RunState.Running);
        Assert.Empty(_host.Lines);

        Negotiate();
        _host.Events.StatusChanged(MigrationStatus.None, MigrationStatus.Setup);
        Assert.Single(_host.Lines);

        _host.Capabilities.Set("events", true);
        _host.Events.StatusChanged(MigrationStatus.None, MigrationStatus.Setup);
        Assert.Equal("setup", (string?)Last["data"]!["status"]);
        _host.Events.RunStateChanged(RunState.InMigrate, RunState.Running);
        Assert.Equal("RESUME", (string?)Last["event"]);
        _host.Events.RunStateChanged(RunState.Running, RunState.Paused);
        Assert.Equal("STOP", (string?)Last["event"]);
        _host.Events.RunStateChanged(RunState.InMigrate, RunState.Paused);
        Assert.Equal(4, _host.Lines.Count);
    }

    [Fact]
    public void Every_command_that_is_listed_is_known()
    {
        Negotiate();
        foreach (JsonNode? command in Send("""{"execute":"query-commands"}""")["return"]!.AsArray())
        {
            string name = (string)command!["name"]!;
            Assert.DoesNotContain("not been found", Error(Send($$"""{"execute":"{{name}}"}""")) ?? "");
        }
    }

    [Fact]
    public void Migrate_incoming_takes_a_channel_in_place_of_a_uri()
    {
        Negotiate();
        const string Address = """{"transport":"socket","type":"unix","path":"/p,q"}""";

        Send($$$"""{"execute":"migrate-incoming","arguments":{"channels":[{"channel-type":"main","addr":{{{Address}}}}]}}""");

        Assert.Equal(Address, _host.Address);
        Assert.NotNull(_host.Migration);
    }

    [Fact]
    public void Descriptors_have_names_or_sets_until_they_are_closed()
    {
        Negotiate();
        Assert.Equal("No file descriptor supplied via SCM_RIGHTS", Error(Pass("""{"execute":"getfd","arguments":{"fdname":"a"}}""")));
        Assert.NotNull(Pass("""{"execute":"getfd","arguments":{"fdname":"a"}}""", 10)["return"]);
        Assert.NotNull(Pass("""{"execute":"getfd","arguments":{"fdname":"a"}}""", 11, 12)["return"]);
        Assert.Equal([12, 10], _host.Closed);
        Assert.Equal(
            "Parameter 'fdname' expects a name not starting with a digit",
            Error(Pass("""{"execute":"getfd","arguments":{"fdname":"1"}}""", 13)));
        Assert.Equal([12, 10, 13], _host.Closed);
        Assert.Equal("""{"fdset-id":0,"fd":14}""", Pass("""{"execute":"add-fd"}""", 14)["return"]!.ToJsonString());
        Assert.Equal(
            """{"fdset-id":7,"fd":15}""", Pass("""{"execute":"add-fd","arguments":{"fdset-id":7,"opaque":"o"}}""", 15)["return"]!.ToJsonString());
        Assert.Equal(
            "Parameter 'fdset-id' expects a non-negative value",
            Error(Pass("""{"execute":"add-fd","arguments":{"fdset-id":-1}}""", 16)));
        Assert.Equal(
            """[{"fds":[{"fd":14}],"fdset-id":0},{"fds":[{"fd":15,"opaque":"o"}],"fdset-id":7}]""",
            Send("""{"execute":"query-fdsets"}""")["return"]!.ToJsonString());
        Assert.Equal(
            "File descriptor named 'fdset-id:7, fd:1' not found",
            Error(Send("""{"execute":"remove-fd","arguments":{"fdset-id":7,"fd":1}}""")));
        Assert.NotNull(Send("""{"execute":"remove-fd","arguments":{"fdset-id":7}}""")["return"]);
        Assert.Equal(
            "File descriptor named 'fdset-id:7' not found", Error(Send("""{"execute":"remove-fd","arguments":{"fdset-id":7}}""")));
        Assert.NotNull(Send("""{"execute":"closefd","arguments":{"fdname":"a"}}""")["return"]);
        Assert.Equal("File descriptor named 'a' not found", Error(Send("""{"execute":"closefd","arguments":{"fdname":"a"}}""")));
        Assert.Equal([12, 10, 13, 16, 15, 11], _host.Closed);
    }

    [Fact]
    public void Descriptor_waits_for_a_command_that_wants_it_and_is_closed_with_the_session()
    {
        Negotiate();
        Pass("""{"execute":"query-status"}""", 10);
        Assert.Equal("Parameter 'fdname' is missing", Error(Send("""{"execute":"getfd"}""")));
        Assert.Empty(_host.Closed);
        Assert.NotNull(Send("""{"execute":"getfd","arguments":{"fdname":"a"}}""")["return"]);

        Pass("""{"execute":"query-status"}""", 11);
        Pass("""{"execute":"query-status"}""", 12);
        Assert.Equal([11], _host.Closed);
        _host.Session.Close();
        Assert.Equal([11, 12], _host.Closed);
    }

    private JsonNode Pass(string line, params int[] descriptors)
    {
        _host.Session.Receive(descriptors);
        return Send(line);
    }

    [Theory]
    [InlineData("query-name", "{}")]
    [InlineData("query-uuid", """{"UUID":"00000000-0000-0000-0000-000000000000"}""")]
    [InlineData("query-target", """{"arch":"x86_64"}""")]
    [InlineData("query-kvm", """{"enabled":false,"present":false}""")]
    [InlineData("query-memory-size-summary", """{"base-memory":1048576,"plugged-memory":0}""")]
    [InlineData("query-cpus-fast", "[]")]
    [InlineData("query-block", "[]")]
    [InlineData("query-named-block-nodes", "[]")]
    [InlineData("query-chardev", "[]")]
    [InlineData("query-yank", "[]")]
    [InlineData("query-command-line-options", "[]")]
    [InlineData("migrate_cancel", "{}")]
    [InlineData(
        "query-machines",
        """[{"name":"none","cpu-max":1,"hotpluggable-cpus":false,"numa-mem-supported":false,"deprecated":false,"acpi":false}]""")]
    public void Question_is_answered_for_a_machine_with_nothing_but_memory(string command, string result)
    {
        Negotiate();

        Assert.Equal(result, Send($$"""{"execute":"{{command}}"}""")["return"]!.ToJsonString());
    }

    [Theory]
    [InlineData("migrate-pause", "{}", "migrate-pause is currently only supported during postcopy-active or postcopy-recover state")]
    [InlineData("migrate-recover", "{}", "Parameter 'uri' is missing")]
    [InlineData("migrate-recover", """{"uri":"tcp:127.0.0.1:0"}""", "Migrate recover can only be run when postcopy is paused.")]
    [InlineData("migrate-continue", """{"state":"active"}""", "Migration not in expected state: none")]
    [InlineData("migrate-continue", """{"state":"foo"}""", "Parameter 'state' does not accept value 'foo'")]
    [InlineData("migrate-start-postcopy", "{}", "Enable postcopy with migrate_set_capability before the start of migration")]
    [InlineData("yank", "{}", "Parameter 'instances' is missing")]
    [InlineData("yank", """{"instances":[{"type":"migration"}]}""", "Instance not found")]
    [InlineData("yank", """{"instances":[{"type":"chardev"}]}""", "Parameter 'instances[0].id' is missing")]
    [InlineData("yank", """{"instances":[{"type":"chardev","id":"x"}]}""", "Instance not found")]
    [InlineData("yank", """{"instances":[{"type":"foo"}]}""", "Parameter 'type' does not accept value 'foo'")]
    [InlineData("query-command-line-options", """{"option":"foo"}""", "invalid option name: foo")]
    [InlineData("human-monitor-command", "{}", "Parameter 'command-line' is missing")]
    [InlineData(
        "human-monitor-command", """{"command-line":"info status","cpu-index":0}""", "Parameter 'cpu-index' expects a CPU number")]
    [InlineData("qmp_capabilities", """{"enable":["x"]}""", "Parameter 'null' does not accept value 'x'")]
    public void What_cannot_be_done_gets_the_error_of_a_real_destination(string command, string arguments, string description)
    {
        Negotiate();

        Assert.Equal(description, Error(Send($$"""{"execute":"{{command}}","arguments":{{arguments}}}""")));
    }

    [Fact]
    public async Task Yank_ends_the_connection_and_with_it_the_migration()
    {
        Negotiate();
        Send("""{"execute":"migrate-incoming","arguments":{"uri":"tcp:x:1"}}""");
        Assert.Equal("""[{"type":"migration"}]""", Send("""{"execute":"query-yank"}""")["return"]!.ToJsonString());
        Task loading = _destination.Migration.AttachAsync(new SilentChannel());
        Assert.Equal(MigrationStatus.Active, _destination.Status);

        Assert.Equal(
            "{}", Send("""{"execute":"yank","arguments":{"instances":[{"type":"migration"}]}}""")["return"]!.ToJsonString());

        await loading;
        Assert.Equal(MigrationStatus.Failed, _destination.Status);
        Assert.Equal("[]", Send("""{"execute":"query-yank"}""")["return"]!.ToJsonString());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("info status", "VM status: paused (inmigrate)\r\n")]
    [InlineData("  info   status \n", "VM status: paused (inmigrate)\r\n")]
    [InlineData("info uuid", "00000000-0000-0000-0000-000000000000\r\n")]
    [InlineData("info name", "")]
    [InlineData("info version", "10.0.2Qemu.Migration.Incoming\r\n")]
    [InlineData("foo", "unknown command: 'foo'\r\n")]
    [InlineData("inf stat", "unknown command: 'inf'\r\n")]
    [InlineData("info foo", "unknown command: 'info foo'\r\n")]
    [InlineData(
        "info status x",
        "status: extraneous characters at the end of line\r\nTry \"help info status\" for more information\r\n")]
    [InlineData("help info status", "info status  -- show the current VM status (running|paused)\r\n")]
    [InlineData("info migrate", "globals:\r\nsend-configuration: on\r\nsend-section-footer: on\r\n")]
    [InlineData(
        "info ramblock",
        "              Block Name    PSize              Offset               Used              Total                HVA  RO\r\n"
        + "                     ram    4 KiB  0x0000000000000000 0x0000000000100000 0x0000000000100000                  -  rw\r\n")]
    public void Human_monitor_prints_what_a_real_one_prints(string line, string printed)
    {
        Negotiate();

        Assert.Equal(printed, Human(line));
    }

    [Fact]
    public async Task Human_monitor_shows_a_migration_with_its_figures()
    {
        Negotiate();
        _host.Addresses.Add(new() { Type = "inet", Host = "::1", Port = "4444", IPv6 = true });
        Send("""{"execute":"migrate-incoming","arguments":{"uri":"tcp:x:1"}}""");
        Assert.EndsWith(
            "Migration status: setup\r\ntotal time: 0 ms\r\nsocket address: [\r\n\ttcp:[::1]:4444\r\n]\r\n", Human("info migrate"));

        await _destination.LoadAsync(TestKit.Capture.Open("none-text").MainStream());

        string printed = Human("info migrate");
        Assert.Contains("Migration status: failed (", printed);
        Assert.Contains("total ram: 1024 kbytes\r\n", printed);
        Assert.DoesNotContain("socket address", printed);
    }

    private string Human(string line) => (string)Send(
        $$$"""{"execute":"human-monitor-command","arguments":{"command-line":{{{JsonValue.Create(line).ToJsonString()}}}}}""")["return"]!;

    private JsonNode Last => JsonNode.Parse(_host.Lines[^1])!;

    private static string? Error(JsonNode reply) => (string?)reply["error"]?["desc"];

    private JsonNode Send(string line)
    {
        _host.Session.Feed(Encoding.UTF8.GetBytes(line + "\n"));
        return Last;
    }

    private void Negotiate() => Send("""{"execute":"qmp_capabilities"}""");

    private string Replay(byte[] script, int portion)
    {
        QmpHost host = new(_destination);
        for (int at = 0; at < script.Length; at += portion)
            host.Session.Feed(script.AsSpan(at, Math.Min(portion, script.Length - at)));
        return string.Concat(host.Lines);
    }

    /// <summary>A source that says nothing until it is cut off.</summary>
    private sealed class SilentChannel : MigrationChannel
    {
        private readonly TaskCompletionSource<int> _end = new();

        public override string Name => "silent";

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer) => await _end.Task;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => ValueTask.CompletedTask;

        public override void Shutdown() => _end.TrySetResult(0);
    }
}
