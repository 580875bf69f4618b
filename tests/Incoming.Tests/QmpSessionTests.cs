using System.Text;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;

namespace Incoming.Tests;

/// <summary>The QMP conversation without a transport. Texts are those of a real QEMU 10.0.2.</summary>
public sealed class QmpSessionTests : QmpSessionFixture
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

    private string Replay(byte[] script, int portion)
    {
        QmpHost host = new(_destination);
        for (int at = 0; at < script.Length; at += portion)
            host.Session.Feed(script.AsSpan(at, Math.Min(portion, script.Length - at)));
        return string.Concat(host.Lines);
    }
}
