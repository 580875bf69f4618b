using System.Text;
using System.Text.Json.Nodes;
using Incoming.Tests;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>A real QEMU's monitor and ours are sent the same bytes, and say the same.</summary>
public sealed class MonitorTests : IDisposable
{
    // State by state; what a reply's text is promised for, and no figures or names of this program.
    private static readonly string[] Conversation =
    [
        """{"execute":"query-status"}""",
        """{"execute":"qmp_capabilities","arguments":{"enable":["no-such"]}}""",
        """{"execute":"qmp_capabilities","id":"a"}""",
        """{"execute":"qmp_capabilities"}""",
        """{"exec-oob":"query-status","id":1}""",
        """{"execute":"no-such","id":[1,{"a":null}]}""",
        """{"execute":"query-status","arguments":{"a":1}}""",
        """{"execute":"query-name"}""",
        """{"execute":"query-uuid"}""",
        """{"execute":"query-target"}""",
        """{"execute":"query-block"}""",
        """{"execute":"query-named-block-nodes","arguments":{"flat":true}}""",
        """{"execute":"query-cpus-fast"}""",
        """{"execute":"query-iothreads"}""",
        """{"execute":"query-blockstats"}""",
        """{"execute":"query-migrate"}""",
        """{"execute":"query-status"}""",
        """{"execute":"migrate-pause"}""",
        """{"execute":"migrate-recover"}""",
        """{"execute":"migrate-recover","arguments":{"uri":"tcp:127.0.0.1:0"}}""",
        """{"execute":"migrate-continue","arguments":{"state":"pre-switchover"}}""",
        """{"execute":"migrate-continue","arguments":{"state":"pre"}}""",
        """{"execute":"migrate-start-postcopy"}""",
        """{"execute":"migrate_cancel"}""",
        """{"execute":"yank","arguments":{"instances":[]}}""",
        """{"execute":"yank","arguments":{"instances":[{"type":"migration"}]}}""",
        """{"execute":"yank","arguments":{"instances":[{"type":"chardev"}]}}""",
        """{"execute":"yank","arguments":{"instances":[{"type":"chardev","id":"none"}]}}""",
        """{"execute":"yank","arguments":{"instances":[{"type":"x"}]}}""",
        """{"execute":"query-command-line-options","arguments":{"option":"no-such"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"info status"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"no-such 1"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"info no-such"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"info status 1"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"info uuid"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"info name"}}""",
        """{"execute":"human-monitor-command","arguments":{"command-line":"info status","cpu-index":1}}""",
        """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"xbzrle","state":true},{"capability":"switchover-ack","state":true}]}}""",
        """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"xbzrle","state":true},{"capability":"no-such","state":true}]}}""",
        """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"xbzrle","state":true},{"capability":"multifd","state":true}]}}""",
        """{"execute":"migrate-set-parameters","arguments":{"multifd-channels":0}}""",
        """{"execute":"migrate-set-parameters","arguments":{"multifd-channels":4,"no-such":1}}""",
        """{"execute":"migrate-set-parameters","arguments":{"multifd-channels":"4"}}""",
        """{"execute":"cont"}""",
        """{"execute":"stop"}""",
        """{"execute":"query-status"}""",
        """{"execute":"migrate-incoming"}""",
        """{"execute":"migrate-incoming","arguments":{"uri":5}}""",
        """{"execute":"migrate-incoming","arguments":{"uri":"no-such:"}}""",
        """{"execute":"migrate-incoming","arguments":{"uri":"tcp:127.0.0.1"}}""",
        """{"execute":"migrate-incoming","arguments":{"uri":"unix:FOLDER/mig"}}""",
        """{"execute":"migrate-incoming","arguments":{"uri":"unix:FOLDER/mig"}}""",
        """{"execute":"migrate-incoming"}""",
        """{"execute":"query-migrate"}""",
        """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"multifd","state":true}]}}""",
        """{"execute":"yank","arguments":{"instances":[{"type":"migration"}]}}""",
        """{"execute":"query-status"}""",
    ];

    private readonly TemporaryFolder _real = new();
    private readonly TemporaryFolder _ours = new();
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _real.Dispose();
        _ours.Dispose();
    }

    // 11.1 says where it stumbled, and has other texts.
    [SkippableTheory]
    [EachQemu(To = 10)]
    public void Odd_input_gets_the_same_replies(string version)
    {
        (QmpClient real, QmpClient ours) = StartPair(version, QmpClient.ConnectAndNegotiate);
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "dialect.jsonl")))
        {
            string input = (string)JsonNode.Parse(line)!["input"]!;
            string[] expected = Replies(real, input, ++number);
            Assert.True(expected.SequenceEqual(Replies(ours, input, number)), $"{line}\n{string.Join('\n', expected)}");
        }
    }

    // 11.1 has other texts for some.
    [SkippableTheory]
    [EachQemu(To = 10)]
    public void Conversation_gets_the_same_replies(string version)
    {
        (QmpClient real, QmpClient ours) = StartPair(version, QmpClient.Connect);
        foreach (string line in Conversation)
        {
            string expected = Reply(real, line, _real);
            Assert.Equal((line, expected), (line, Reply(ours, line, _ours)));
        }
    }

    [SkippableTheory]
    [EachQemu]
    public void Commands_are_those_of_the_real_schema(string version)
    {
        (QmpClient realClient, QmpClient ourClient) = StartPair(version, QmpClient.ConnectAndNegotiate);
        QmpSchema real = new(realClient.Run("query-qmp-schema").AsArray());
        QmpSchema ours = new(ourClient.Run("query-qmp-schema").AsArray());

        Assert.Empty(ours.Events.Except(real.Events));
        // The guest is a program here: this touches its pages.
        Assert.Equal(["x-touch"], ours.Commands.Except(real.Commands));
        // Parameters are those of several releases.
        foreach (string command in ours.Commands.Where(c => c is not ("migrate-set-parameters" or "x-touch")))
            Assert.Equal((command, Arguments(real, command, ours)), (command, Arguments(ours, command, ours)));
    }

    // Those arguments of a schema's command that ours has too, each with its JSON type, and a "?" behind an optional one.
    private static string Arguments(QmpSchema schema, string command, QmpSchema ours)
    {
        List<string> known = [.. ours.ArgumentsOf(command).Select(member => (string)member["name"]!)];
        return string.Join(' ', schema.ArgumentsOf(command)
            .Where(member => known.Contains((string)member["name"]!))
            .Select(member => $"{member["name"]}{(member.AsObject().ContainsKey("default") ? "?" : "")}:{schema.JsonTypeOf((string)member["type"]!)}")
            .Order());
    }

    private (QmpClient Real, QmpClient Ours) StartPair(string version, Func<string, TestProcess, QmpClient> connect)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        TestProcess real = TestProcess.Start(
            qemu.Program, "-M", "none", "-nodefaults", "-display", "none", "-incoming", "defer", "-qmp",
            $"unix:{_real["qmp"]},server=on,wait=off");
        _started.Add(real);
        TestProcess ours = TestProcess.Incoming("serve", "--qmp", $"unix:{_ours["qmp"]}");
        _started.Add(ours);
        QmpClient realClient = connect(_real["qmp"], real);
        _started.Insert(0, realClient);
        QmpClient ourClient = connect(_ours["qmp"], ours);
        _started.Insert(0, ourClient);
        return (realClient, ourClient);
    }

    // A byte 0xff drops whatever was begun, so that the question behind it is always answered.
    private static string[] Replies(QmpClient client, string input, int number)
    {
        client.SendRaw([.. Encoding.Latin1.GetBytes(input), 0xff, .. Encoding.ASCII.GetBytes($$"""{"execute":"query-name","id":"end {{number}}"}""")]);
        List<string> replies = [];
        while (true)
        {
            JsonNode reply = client.ReadReply();
            if (reply["id"]?.ToJsonString() == $"\"end {number}\"")
                return [.. replies];
            replies.Add(QmpReplyText.Of(reply));
        }
    }

    private static string Reply(QmpClient client, string line, TemporaryFolder folder)
    {
        string root = folder["x"][..^2];
        client.SendRaw(line.Replace("FOLDER", root, StringComparison.Ordinal) + "\n");
        return QmpReplyText.Of(client.ReadReply()).Replace(root, "FOLDER", StringComparison.Ordinal);
    }
}
