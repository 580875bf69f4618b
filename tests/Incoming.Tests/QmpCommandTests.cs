using System.Text.Json.Nodes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;

namespace Incoming.Tests;

/// <summary>QMP commands, without a transport. Texts are those of a real QEMU 10.0.2.</summary>
public sealed class QmpCommandTests : QmpSessionFixture
{
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
        _host.Session.CloseDescriptors();
        Assert.Equal([11, 12], _host.Closed);
    }

    private JsonNode Pass(string line, params int[] descriptors)
    {
        _host.Session.ReceiveDescriptors(descriptors);
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
    [InlineData("x-touch", """{"block":"ram","offset":0,"length":4096}""", "The guest does not run")]
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
