using System.Text;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using TestKit;

namespace Incoming.Tests;

/// <summary><c>query-qmp-schema</c>, held against what the session does.</summary>
public sealed class QmpSchemaTests : QmpSessionFixture
{
    // What a command without arguments refuses.
    private static readonly Dictionary<string, string> Examples = new()
    {
        ["x-touch"] = """{"block":"ram","offset":0,"length":4096}""",
        ["object-add"] = """{"qom-type":"tls-creds-x509","id":"tls0"}""",
        ["object-del"] = """{"id":"tls0"}""",
        ["closefd"] = """{"fdname":"a"}""",
        ["getfd"] = """{"fdname":"a"}""",
        ["remove-fd"] = """{"fdset-id":1}""",
        ["human-monitor-command"] = """{"command-line":"info migrate"}""",
        ["migrate-continue"] = """{"state":"pre-switchover"}""",
        ["migrate-recover"] = """{"uri":"unix:/x"}""",
        ["migrate-set-capabilities"] = """{"capabilities":[{"capability":"events","state":true}]}""",
        ["yank"] = """{"instances":[]}""",
    };

    public QmpSchemaTests()
        : base("m0", 4 << 20) => Negotiate();

    [Fact]
    public void Schema_is_complete_and_describes_itself()
    {
        QmpSchema schema = Schema();

        Assert.Equal(
            Ask("query-commands")["return"]!.AsArray().Select(c => (string)c!["name"]!).Order(), schema.Commands.Order());
        string type = (string)schema["query-qmp-schema"]["ret-type"]!;
        Assert.Null(schema.Check(type, new JsonArray([.. schema.Entries.Select(e => e.DeepClone())]), "schema"));
    }

    [Fact]
    public async Task Replies_are_as_the_schema_says_in_every_state()
    {
        QmpSchema schema = Schema();
        CheckReplies(schema, "none");
        Ask("migrate-incoming", """{"uri":"unix:/x"}""");
        _host.Addresses.Add(new() { Type = "unix", Path = "/x" });
        CheckReplies(schema, "setup");

        await _destination.LoadAsync(Capture.Open("none-text").MainStream());
        Assert.Equal(MigrationStatus.Completed, _destination.Status);
        CheckReplies(schema, "completed");
    }

    [Fact]
    public void Events_are_as_the_schema_says()
    {
        QmpSchema schema = Schema();
        _host.Capabilities.Set("events", true);
        foreach (MigrationStatus status in Enum.GetValues<MigrationStatus>())
            _host.Events.StatusChanged(MigrationStatus.None, status);
        _host.Events.RunStateChanged(RunState.InMigrate, RunState.Running);
        _host.Events.RunStateChanged(RunState.Running, RunState.Paused);
        Ask("quit");

        Assert.Equal(schema.Events.Order(), CheckEvents(schema).Distinct().Order());
    }

    [Fact]
    public async Task Replies_after_a_failure_are_as_the_schema_says()
    {
        QmpSchema schema = Schema();
        Ask("migrate-incoming", """{"uri":"unix:/x"}""");
        await _destination.LoadAsync(Capture.Open("none-text").MainStream()[..100_000]);
        Assert.Equal(MigrationStatus.Failed, _destination.Status);
        CheckReplies(schema, "failed");
    }

    [Fact]
    public void Every_argument_is_of_the_schemas_type_and_there_is_no_other()
    {
        QmpSchema schema = Schema();
        foreach (string command in schema.Commands)
        {
            JsonObject example = JsonNode.Parse(Examples.GetValueOrDefault(command, "{}"))!.AsObject();
            Assert.Equal("Parameter 'no-such' is unexpected", Refusal(command, example, "no-such", 1));
            foreach (JsonNode member in schema.ArgumentsOf(command))
            {
                string name = (string)member["name"]!;
                JsonNode wrong = schema.JsonTypeOf((string)member["type"]!) is "int" or "boolean" or "array" or "object" ? "wrong" : 5;
                string? refusal = Refusal(command, example, name, wrong);
                Assert.True(refusal?.Contains($"'{name}'"), $"{command} {name} {wrong}: {refusal}");
                if (member.AsObject().ContainsKey("default"))
                    continue;
                example.Remove(name);
                Assert.Equal($"Parameter '{name}' is missing", (string?)Ask(command, example.ToJsonString())["error"]!["desc"]);
                example = JsonNode.Parse(Examples[command])!.AsObject();
            }
        }
    }

    private string? Refusal(string command, JsonObject example, string name, JsonNode value)
    {
        JsonObject arguments = example.DeepClone().AsObject();
        arguments[name] = value.DeepClone();
        return (string?)Ask(command, arguments.ToJsonString())["error"]?["desc"];
    }

    private void CheckReplies(QmpSchema schema, string state)
    {
        foreach (string command in schema.Commands)
        {
            JsonNode reply = Ask(command, Examples.GetValueOrDefault(command, "{}"));
            if (reply.AsObject().TryGetPropertyValue("return", out JsonNode? value))
                Assert.Null(schema.Check((string)schema[command]["ret-type"]!, value, $"{state}: {command}"));
            else
                Assert.DoesNotContain("is missing", (string?)reply["error"]!["desc"]);
        }
    }

    private List<string> CheckEvents(QmpSchema schema)
    {
        List<string> names = [];
        foreach (JsonNode line in _host.Lines.Select(l => JsonNode.Parse(l)!).Where(l => l["event"] is not null))
        {
            names.Add((string)line["event"]!);
            Assert.Null(schema.Check((string)schema[names[^1]]["arg-type"]!, line["data"] ?? new JsonObject(), names[^1]));
        }
        return names;
    }

    private QmpSchema Schema() => new(Ask("query-qmp-schema")["return"]!.AsArray());

    private JsonNode Ask(string command, string arguments = "{}")
    {
        _host.Session.Feed(Encoding.UTF8.GetBytes($$"""{"execute":"{{command}}","arguments":{{arguments}}}"""));
        return _host.Lines.Select(l => JsonNode.Parse(l)!).Last(l => l["event"] is null);
    }
}
